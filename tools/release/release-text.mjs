// The notes of a release: what changed, and what the gate found.
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

/** Markdown: the notes, then the table of the gate record. */
export function releaseText({ record, version, notes }) {
  return `# ${version}\n\n${notes}\n\n## Benchmarks\n\n${gateTable(record)}\n`;
}
