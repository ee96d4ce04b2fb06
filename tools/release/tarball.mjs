// What a tarball of a package holds.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const block = 512;
const textAt = (buffer, from, to) => buffer.toString("utf8", from, to).replace(/\0[\s\S]*$/, "");

/** Its files with their sizes, from the headers of the archive. */
function entriesOf(archive) {
  const entries = [];
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(textAt(archive, at + 124, at + 136).trim(), 8);
    const prefix = textAt(archive, at + 345, at + 500);
    const name = `${prefix === "" ? "" : `${prefix}/`}${textAt(archive, at, at + 100)}`;
    if (["0", "\0"].includes(String.fromCharCode(archive[at + 156]))) entries.push({ name, size });
    at += block + Math.ceil(size / block) * block;
  }
  return entries;
}

/** A tarball as it is told of: `{name, path, integrity, files, unpackedBytes}`, files without the folder `package/`. */
export function readTarball(name, path) {
  const content = readFileSync(path);
  const entries = entriesOf(gunzipSync(content));
  return {
    name,
    path,
    integrity: `sha512-${createHash("sha512").update(content).digest("base64")}`,
    files: entries.map((entry) => entry.name.replace(/^package\//, "")),
    unpackedBytes: entries.reduce((sum, { size }) => sum + size, 0),
  };
}
