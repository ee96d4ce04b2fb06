import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../src/contestant.ts";
import { deltafuse } from "../src/contestants/deltafuse.ts";
import { duckdb } from "../src/contestants/duckdb.ts";
import { makeData } from "../src/data.ts";
import { measure } from "../src/measurement.ts";
import { workloads } from "../src/workload-list.ts";

const rows = 20_000;
const limits = { threads: 2, memoryGiB: 1 };
const repetition = { leastMs: Infinity, leastRuns: 1, mostRuns: 2, warmUpBelowMs: 0 };

let folder: string;
let engines: readonly Engine[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-bench-"));
  const data = await makeData(folder, rows);
  engines = [await deltafuse.open({ data, limits }), await duckdb.open({ data, limits })];
});

afterAll(async () => {
  for (const engine of engines) await engine.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a workload", () => {
  it.each(workloads.map((workload) => [workload.id, workload] as const))(
    "%s gives the same answer in both engines",
    async (_id, workload) => {
      const answers: unknown[] = [];
      for (const engine of engines) {
        const { answer, times, lags } = await measure(engine, { workload, repetition });
        expect([times.length, lags.length]).toEqual([2, workload.watchLag ? 2 : 0]);
        answers.push({ answer, digest: await workload.digest?.(engine) });
      }
      expect(answers[0]).toEqual(answers[1]);
    },
  );
});
