// What the crates of the extension must agree on: one version of each whose types cross our code, as two would compile and
// then not fit together, and licences that let the extension be published.
import { licenceComplaints } from "./crate-licences.mjs";
import { capture } from "./process.mjs";

const watched = /^((?:arrow|datafusion|deltalake)(?:-[a-z-]+)?|parquet|object_store) v(\S+)/;

function cargo(...args) {
  const { code, stdout, text } = capture("cargo", [...args, "--locked", "--manifest-path", "native/Cargo.toml"]);
  if (code !== 0) throw new Error(`cargo ${args[0]} failed:\n${text}`);
  return stdout;
}

function duplicateComplaints() {
  const versions = new Map();
  for (const line of cargo("tree", "--duplicates", "--prefix", "none").split("\n")) {
    const [, name, version] = watched.exec(line) ?? [];
    if (name !== undefined) versions.set(name, new Set([...(versions.get(name) ?? []), version]));
  }
  const duplicates = [...versions].filter(([, found]) => found.size > 1);
  return duplicates.map(([name, found]) => `${name} is compiled in versions ${[...found].join(" and ")}.`);
}

const { packages } = JSON.parse(cargo("metadata", "--offline", "--format-version=1"));
const complaints = [...duplicateComplaints(), ...licenceComplaints(packages)];
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
