import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runBench } from "../src/bench.ts";
import { makeData } from "../src/data.ts";
import { sharedLimits } from "../src/limits.ts";
import type { Job } from "../src/job.ts";
import type { Measurement } from "../src/measurement.ts";
import { assertEqualAnswers, BenchmarkError, orderOf, runJob } from "../src/runner.ts";
import { workloads } from "../src/workload-list.ts";

const loader = new URL("../../tools/typescript-loader.mjs", import.meta.url).href;
const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;

const quick = { quick: true, rows: 20_000, rounds: 1 };

let output: string;

beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), "deltafuse-bench-"));
  // The processes of a run take the sources as they are.
  const preload = `--import=data:text/javascript,${encodeURIComponent(register)}`;
  vi.stubEnv("NODE_OPTIONS", `--conditions=@deltafuse/source ${preload}`);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(output, { recursive: true, force: true });
});

describe("runBench", () => {
  it("measures both contestants in processes of their own and writes what it found", { timeout: 120_000 }, async () => {
    const lines: string[] = [];
    await runBench({ ...quick, filter: "columns", output }, (line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith("round "))).toEqual([
      "round 1 of 1: columns, deltafuse",
      "round 1 of 1: columns, duckdb",
    ]);
    expect(lines.at(-1)).toMatch(
      /^stream as columns +\S+ M rows\/s +\S+ M rows\/s +\S+ x as fast +>= 2 x {2}(reached|missed)$/m,
    );
    const results: unknown = JSON.parse(await readFile(join(output, "results.json"), "utf8"));
    const measured = {
      times: [expect.any(Number)],
      answer: ["20000"],
      digest: [expect.stringMatching(/^20000 rows, /)],
      lags: [expect.anything()],
      settings: expect.objectContaining({ threads: String(sharedLimits().threads) }),
    };
    expect(results).toMatchObject({
      rows: 20_000,
      environment: { versions: { node: process.versions.node } },
      findings: [{ id: "columns", rows: 20_000 }],
      measurements: [{ id: "columns", rounds: [{ deltafuse: measured, duckdb: measured }] }],
    });
  });

  it("refuses a filter that leaves nothing", async () => {
    const run = runBench({ ...quick, filter: "nothing", output }, () => undefined);
    await expect(run).rejects.toEqual(new BenchmarkError('No workload has "nothing" in its id.'));
  });
});

describe("runJob", () => {
  it("tells what a process failed with", async () => {
    const job: Job = {
      contestant: "duckdb",
      workload: "nothing",
      data: { rows: 0, tables: { wide: "", groups: "" } },
      limits: { threads: 1, memoryGiB: 1 },
      repetition: { leastMs: 0, leastRuns: 1, mostRuns: 1, warmUpBelowMs: 0 },
      digest: false,
    };
    await expect(runJob(job)).rejects.toThrow(/^duckdb in nothing: Error: There is no workload nothing\.$/m);
  });

  it("ends when a run fails while the event loop is watched", async () => {
    const { rows, tables } = await makeData(join(output, "data"), quick.rows);
    const job: Job = {
      contestant: "deltafuse",
      workload: "columns",
      data: { rows, tables: { ...tables, wide: tables.groups } },
      limits: { threads: 1, memoryGiB: 1 },
      repetition: { leastMs: 0, leastRuns: 1, mostRuns: 1, warmUpBelowMs: 0 },
      digest: false,
    };
    await expect(runJob(job)).rejects.toThrow(/^deltafuse in columns: .*no column/s);
  });
});

describe("assertEqualAnswers", () => {
  const [workload] = workloads;
  const measured = (answer: string, digest: string | null): Measurement => {
    return { times: [1], answer: [answer], digest: digest === null ? null : [digest], lags: [], settings: {} };
  };

  it("names the workload and both answers when they differ, also in what was compared more closely", () => {
    if (workload === undefined) throw new Error("There are no workloads.");
    const one = measured("1", null);
    assertEqualAnswers(workload, { deltafuse: one, duckdb: one });
    expect(() => assertEqualAnswers(workload, { deltafuse: one, duckdb: measured("2", null) })).toThrow(
      "columns: the answers differ.\n-- deltafuse\n1\n-- duckdb\n2",
    );
    expect(() => assertEqualAnswers(workload, { deltafuse: measured("1", "a"), duckdb: measured("1", "b") })).toThrow(
      "columns: the answers differ.\n-- deltafuse\n1\na\n-- duckdb\n1\nb",
    );
  });
});

describe("orderOf", () => {
  it("alternates who comes first, over rounds and over workloads", () => {
    const first = [orderOf(0, 0), orderOf(1, 0), orderOf(2, 0), orderOf(0, 1)].map(([name]) => name);
    expect(first).toEqual(["deltafuse", "duckdb", "deltafuse", "duckdb"]);
  });
});
