// Packs every package and has publint and attw judge the tarballs; with a folder, those that lie in it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packInto, publishedPackages, tarballIn } from "./packing.mjs";
import { capture } from "./process.mjs";

const judges = {
  publint: ["run", "--strict"],
  attw: ["--profile", "esm-only", "--no-color", "--no-emoji"],
};

/** What the judges have against the tarball of one package. */
function complaints(one, tarball) {
  return Object.entries(judges).flatMap(([judge, args]) => {
    const { code, text } = capture(judge, [...args, tarball]);
    return code === 0 ? [] : [`${one.name}, ${judge}:\n${text}`];
  });
}

const folder = mkdtempSync(join(tmpdir(), "deltafuse-pack-"));
try {
  const packed = process.argv[2];
  const found = publishedPackages().flatMap((one) =>
    complaints(one, packed === undefined ? packInto(folder, one) : tarballIn(packed, one)),
  );
  for (const complaint of found) console.error(complaint);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
