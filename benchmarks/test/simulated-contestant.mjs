// A program that speaks the protocol of a contestant and measures nothing. Its first argument says what it tells.
const told = JSON.parse(process.argv[2]);
const job = JSON.parse(process.argv[3]);

const say = (line) => console.log(JSON.stringify({ bench: 1, ...line }));
const sample = (run) => ({ ms: told.ms * (1 + 0.002 * run) });

function outcome() {
  if (told.unsupported !== undefined) return { kind: "unsupported", reason: told.unsupported };
  const samples = job.collect.times ? [0, 1, 2].map(sample) : [];
  const counters = job.collect.counters ? { nativeCalls: told.nativeCalls ?? 3 } : null;
  const plan = job.collect.plan ? (told.plan ?? "TableScan: wide\n") : null;
  const rows = told.rows ?? [["1", "2.50"]];
  const cells = { columns: ["id int", "amount decimal"], rows };
  const digest = job.collect.digest ? { rows: rows.length, sha256: JSON.stringify(rows), cells } : null;
  return {
    kind: "measured",
    samples,
    answer: job.collect.times ? [told.answer ?? "1 row"] : [],
    digest,
    counters,
    plan,
  };
}

for (const line of told.noise ?? []) console.log(line);
say({ kind: "opened", settings: { threads: String(job.limits.threads) } });
for (const id of job.workloads) {
  if (told.end === "crash") process.kill(process.pid, "SIGABRT");
  if (told.end === "exit") process.exit(7);
  if (told.end === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (told.end === "refuse") say({ kind: "failed", message: "It has 1 threads, not 2." });
  else say({ kind: "workload", id, outcome: outcome() });
}
say({ kind: "closed", maxRssMiB: 50, majorFaults: told.majorFaults ?? 0 });
