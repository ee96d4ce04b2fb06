import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeData } from "./data.ts";
import { readEnvironment } from "./environment.ts";
import { sharedLimits } from "./limits.ts";
import type { Repetition } from "./measurement.ts";
import type { Options } from "./options.ts";
import { renderReport, renderSettings } from "./report.ts";
import { BenchmarkError, type RunPlan, runRounds } from "./runner.ts";
import { summarize } from "./summary.ts";
import { workloads } from "./workload-list.ts";

const fullRepetition: Repetition = { leastMs: 1000, leastRuns: 3, mostRuns: 500, warmUpBelowMs: 2000 };
const quickRepetition: Repetition = { leastMs: 0, leastRuns: 1, mostRuns: 1, warmUpBelowMs: 0 };

/**
 * Makes the data, measures, prints the table and writes `results.json`. Rejects with {@link BenchmarkError}.
 *
 * @param options - What was asked for.
 * @param print - Takes the lines for the reader.
 */
export async function runBench(options: Options, print: (line: string) => void): Promise<void> {
  const chosen = workloads.filter(({ id }) => id.includes(options.filter));
  if (chosen.length === 0) throw new BenchmarkError(`No workload has "${options.filter}" in its id.`);
  const { rows } = options;
  const limits = sharedLimits();
  const environment = readEnvironment();
  print(
    `Rows: ${rows}. Rounds: ${options.rounds}. For each contestant ${limits.threads} threads and ${limits.memoryGiB} GiB.`,
  );
  print(`Busy processes in the minute before: ${environment.load} on ${environment.cores} cores.`);
  const data = await makeData(join(options.output, "data"), rows);
  const plan: RunPlan = {
    workloads: chosen,
    rounds: options.rounds,
    setup: { data, limits, repetition: options.quick ? quickRepetition : fullRepetition },
    onJob: (job, round) => print(`round ${round + 1} of ${options.rounds}: ${job.workload}, ${job.contestant}`),
  };
  const results = await runRounds(plan);
  const findings = results.map((result) => summarize(result, rows));
  const measurements = results.map(({ workload, rounds }) => ({ id: workload.id, rounds }));
  const file = join(options.output, "results.json");
  mkdirSync(options.output, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ rows, limits, environment, findings, measurements }, null, 2)}\n`);
  const settings = renderSettings(results);
  print(`\n${renderReport(findings)}\n\n${settings}\nEvery run: ${file}`);
}
