// The notes of a release: what changed, and what the gate found.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const number = (value) => (value === null || value === undefined ? "" : value.toPrecision(3));

function gateTable({ workloads, finishedAt, machine }) {
  const rows = Object.entries(workloads).map(
    ([id, { verdict, ratio, limit }]) => `| ${id} | ${verdict} | ${number(ratio)} | ${number(limit)} |`,
  );
  return [
    `Measured ${finishedAt} on ${machine.cpu}, ${machine.cores} cores.`,
    "",
    "| workload | verdict | found | limit |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Markdown: the notes, then the table of the gate record in `results`. */
export function releaseText({ results, version, notes }) {
  const path = join(results, "gate.json");
  const gate = existsSync(path) ? `\n## Benchmarks\n\n${gateTable(JSON.parse(readFileSync(path, "utf8")))}\n` : "";
  return `# ${version}\n\n${notes}\n${gate}`;
}
