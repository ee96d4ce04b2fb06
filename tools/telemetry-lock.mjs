// Writes packages/telemetry/record-schemas.lock.json: version, hash and columns of every record kind. Records are stored
// and read again, so a change that breaks the reading of what was stored is refused: it needs a new version of its kind.
//
//   node tools/telemetry-lock.mjs
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root, run } from "./process.mjs";

const lockFile = join(root, "packages/telemetry/record-schemas.lock.json");
const sourceCondition = "--conditions=@deltafuse/source";

function differences({ added, removed, changed }) {
  const parts = Object.entries({ added, removed, changed }).filter(([, names]) => names.length > 0);
  return parts.map(([what, names]) => `${what} ${names.join(", ")}`).join("; ");
}

function refusal(definition, locked, { compareRecordSchema }) {
  const { kind, version } = definition;
  if (version > locked.version) return [];
  if (version < locked.version)
    return [`${kind}: version ${version} is older than ${locked.version}, which is locked.`];
  const comparison = compareRecordSchema(definition, locked.columns);
  return comparison.status === "breaking"
    ? [`${kind}: ${differences(comparison)}. Raise the version of the kind, or undo that.`]
    : [];
}

/**
 * The lock that fits the kinds, and why it may not be written: columns that break at the same version, kinds that are gone.
 *
 * @param locked - What is locked: `{kind: {version, hash, columns}}`.
 * @param definitions - The kinds, by name.
 * @param telemetry - `compareRecordSchema` and `recordSchemaHash` of the package.
 */
export function nextLock(locked, definitions, telemetry) {
  const kinds = Object.values(definitions);
  const gone = Object.keys(locked).filter((kind) => !Object.hasOwn(definitions, kind));
  const refusals = [
    ...gone.map((kind) => `${kind}: the kind is gone, so what was stored of it could not be read.`),
    ...kinds.flatMap((definition) => {
      const known = locked[definition.kind];
      return known === undefined ? [] : refusal(definition, known, telemetry);
    }),
  ];
  const entries = kinds.map((definition) => {
    const { kind, version, columns } = definition;
    return [kind, { version, hash: telemetry.recordSchemaHash(definition), columns }];
  });
  return { refusals, lock: Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

async function main() {
  register("./typescript-loader.mjs", import.meta.url);
  const source = (name) => import(pathToFileURL(join(root, "packages/telemetry/src", name)).href);
  const [{ recordKinds }, drift, hash] = await Promise.all(
    ["record-kinds.ts", "schema-drift.ts", "record-hash.ts"].map(source),
  );
  const locked = existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, "utf8")) : {};
  const { refusals, lock } = nextLock(locked, recordKinds, { ...drift, ...hash });
  for (const reason of refusals) console.error(reason);
  if (refusals.length > 0) return 1;
  writeFileSync(lockFile, JSON.stringify(lock));
  return run("oxfmt", [lockFile]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // The sources of the packages import each other under a condition that only the start of node can set.
  if (process.execArgv.includes(sourceCondition)) process.exitCode = await main();
  else {
    const again = spawnSync(process.execPath, [sourceCondition, process.argv[1]], { stdio: "inherit" });
    process.exitCode = again.status ?? 1;
  }
}
