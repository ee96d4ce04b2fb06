// One version of each crate whose types cross our code: two would compile, and then not fit together.
import { capture } from "./process.mjs";

const watched = /^((?:arrow|datafusion|deltalake)(?:-[a-z-]+)?|parquet|object_store) v(\S+)/;

const args = ["tree", "--duplicates", "--locked", "--prefix", "none", "--manifest-path", "native/Cargo.toml"];
const { code, stdout, text } = capture("cargo", args);
const versions = new Map();
for (const line of stdout.split("\n")) {
  const [, name, version] = watched.exec(line) ?? [];
  if (name !== undefined) versions.set(name, new Set([...(versions.get(name) ?? []), version]));
}
const duplicates = [...versions].filter(([, found]) => found.size > 1);

if (code !== 0) console.error(text);
for (const [name, found] of duplicates) console.error(`${name} is compiled in versions ${[...found].join(" and ")}.`);
process.exitCode = code === 0 && duplicates.length === 0 ? 0 : 1;
