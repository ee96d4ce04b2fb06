// The identity of a native build: everything that decides what the extension does.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "../process.mjs";

const native = join(root, "native");

function filesBelow(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === "tests" || entry.name === "target" ? [] : filesBelow(path);
    return [path];
  });
}

const inputs = () =>
  [
    ...filesBelow(join(native, "crates")),
    join(native, "Cargo.toml"),
    join(native, "Cargo.lock"),
    join(native, "package.json"),
    join(root, ".cargo", "config.toml"),
  ].filter((path) => existsSync(path));

/** sha256 over the crates (their tests apart), the manifests, which name the features, and the lock file. */
export function buildId() {
  const hash = createHash("sha256");
  for (const path of inputs().toSorted()) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path).split(sep).join("/")}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}
