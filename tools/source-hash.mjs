// The hash of the sources that a benchmark measures and a release publishes: all tracked files but baselines, documents and changelogs.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, root } from "./process.mjs";

const isLeftOut = (path) =>
  path.startsWith("benchmarks/baselines/") ||
  path.startsWith("docs/") ||
  path.startsWith(".changeset/") ||
  path.endsWith(".md");

/** SHA-256 in hexadecimal over the paths and contents, as they lie in the working tree of `folder`. */
export function sourceHash(folder = root) {
  const { code, stdout, text } = capture("git", ["ls-files", "-z"], { cwd: folder });
  if (code !== 0) throw new Error(`git does not list the files: ${text}`);
  const paths = stdout.split("\0").filter((path) => path !== "" && !isLeftOut(path));
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) {
    // A file that was removed and not committed yet is listed and not there.
    const content = existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : Buffer.alloc(0);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(sourceHash());
