// The record of the gate, and the run that it was made from.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const resultsOf = (repository) => join(repository, "benchmarks", "results");

/** What `results/gate.json` holds; null when there is none. */
export function gateRecord(repository) {
  const path = join(resultsOf(repository), "gate.json");
  return existsSync(path) ? readJson(path) : null;
}

function workloadsOf({ call, entries }) {
  if (call.command !== "gate") return null;
  return Object.fromEntries(entries.map(({ id, verdict, ratio, limit }) => [id, { verdict, ratio, limit }]));
}

/** The folder of the run whose verdicts a record holds; undefined when it is not there. */
export function runOf(record, repository) {
  const results = resultsOf(repository);
  const runs = readdirSync(results)
    .toSorted()
    .map((name) => join(results, name))
    .filter((folder) => existsSync(join(folder, "run.json")));
  return runs.findLast((folder) =>
    isDeepStrictEqual(workloadsOf(readJson(join(folder, "run.json"))), record.workloads),
  );
}
