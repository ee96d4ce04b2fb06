// Packs every package and has publint and attw judge the tarballs; with a folder, those that lie in it.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packInto, publishedPackages } from "./packing.mjs";
import { capture } from "./process.mjs";

const judges = {
  publint: ["run", "--strict"],
  attw: ["--profile", "esm-only", "--no-color", "--no-emoji"],
};

/** What the judges have against a tarball. */
function complaints(tarball) {
  return Object.entries(judges).flatMap(([judge, args]) => {
    const { code, text } = capture(judge, [...args, tarball]);
    return code === 0 ? [] : [`${basename(tarball)}, ${judge}:\n${text}`];
  });
}

const tarballsIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".tgz"))
    .map((name) => join(folder, name));

const scratch = mkdtempSync(join(tmpdir(), "deltafuse-pack-"));
try {
  const packed = process.argv[2];
  const tarballs = packed === undefined ? publishedPackages().map((one) => packInto(scratch, one)) : tarballsIn(packed);
  const found = tarballs.flatMap(complaints);
  for (const complaint of found) console.error(complaint);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
