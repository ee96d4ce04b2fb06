import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readBaselines } from "../src/baseline.ts";
import { type BenchmarkPlan, runBenchmark } from "../src/benchmark.ts";
import { calibrator } from "../src/calibrator.ts";
import { runProcess } from "../src/child-process.ts";
import { exitCodeOf } from "../src/gate.ts";
import { singleRepetition } from "../src/measurement.ts";
import { readMachine } from "../src/machine.ts";
import { calibrationProgram, childProgram } from "../src/place.ts";
import { findProgram } from "../src/program-path.ts";
import { groupsOf } from "../src/round.ts";
import { planOf } from "../src/run-command.ts";
import { measuredSession } from "../src/result-folder.ts";
import { baselineRun, refusalOf, writeBaselines } from "../src/update-command.ts";
import { verdictList } from "../src/verdict-list.ts";

const loader = new URL("../../tools/typescript-loader.mjs", import.meta.url).href;
const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;

const smoke = {
  command: "run",
  suite: "smoke",
  filter: "",
  peers: null,
  rounds: 1,
  scale: null,
  profile: "release",
} as const;
const plan: BenchmarkPlan = planOf(smoke, readMachine(), () => undefined);
const groups = groupsOf(plan.workloads);

beforeAll(() => {
  // The processes of a run take the sources as they are.
  const preload = `--import=data:text/javascript,${encodeURIComponent(register)}`;
  vi.stubEnv("NODE_OPTIONS", `--conditions=@deltafuse/source ${preload}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

// The data of TPC-H is made by a program that `npm test` builds and a single run of this file does not.
const hasGenerator = findProgram("deltafuse-tpch-data") !== null;
const runnable = groups.filter(
  ({ workloads }) => hasGenerator || workloads.every(({ data }) => data.every(({ set }) => set !== "tpch")),
);

describe("the suite smoke", () => {
  it.each(runnable.map((group) => [group.id, group] as const))(
    "%s gives the committed answers, counters and plans, and those of the floor",
    { timeout: 120_000 },
    async (_id, group) => {
      const result = await runBenchmark({ ...plan, workloads: group.workloads });
      const { baselines } = plan;
      const entries = verdictList({ result, workloads: group.workloads, baselines, judgesTimes: false });
      expect(entries.flatMap(({ id, reasons }) => reasons.map((reason) => `${id}: ${reason}`))).toEqual([]);
      expect(exitCodeOf(entries.map(({ verdict }) => verdict))).toBe(0);
    },
  );
});

describe("a process of DeltaFuse", () => {
  const job = {
    contestant: "deltafuse",
    workloads: ["small.select-42"],
    suite: "smoke",
    scales: {},
    tables: {},
    limits: { threads: 2, partitions: 2, memoryGiB: 1 },
    scratch: tmpdir(),
    repetition: singleRepetition,
    collect: { times: true, digest: true, counters: false, plan: false, session: true },
  } as const;

  it("tells what it ran with, what it measured and what it found", async () => {
    const result = await runProcess(childProgram, job, () => 60_000);
    expect(result).toMatchObject({ settings: { threads: "2" }, noise: [], maxRssMiB: expect.any(Number) });
    expect(result.session?.settings.entries).toContainEqual(
      expect.objectContaining({ key: "datafusion.execution.target_partitions", value: "2" }),
    );
    expect(result.outcomes.get("small.select-42")).toMatchObject({
      kind: "measured",
      samples: [{ ms: expect.any(Number), cpuMs: expect.any(Number) }],
      digest: { rows: 1, cells: { columns: ["answer int"], rows: [["42"]] } },
    });
  });

  it("fails where a table is not there, and says why", async () => {
    const tables = { wide: { path: join(tmpdir(), "no-such-file.parquet"), format: "parquet" } } as const;
    const { outcomes } = await runProcess(childProgram, { ...job, tables }, () => 60_000);
    expect(outcomes.get("small.select-42")).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("no-such-file"),
    });
  });
});

describe("calibration", () => {
  it("measures the memory and the processor", async () => {
    const found = await calibrator(calibrationProgram(2))();
    expect(found).toEqual({
      bandwidth: expect.any(Number),
      sha256Ms: expect.any(Number),
      swappedPages: expect.any(Number),
    });
    expect(Math.min(found.bandwidth, found.sha256Ms)).toBeGreaterThan(0);
  });
});

describe("writeBaselines", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deltafuse-baselines-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("commits what was measured, so that the next run is as committed", { timeout: 60_000 }, async () => {
    const chosen = { ...plan, workloads: plan.workloads.filter(({ id }) => id.startsWith("small.")) };
    const run = await baselineRun(chosen);
    const { result } = run;
    expect(refusalOf(run)).toBeNull();
    expect(measuredSession(result.records)).not.toBeNull();
    const machine = { ...readMachine(), class: "some-class" };
    await writeBaselines([run], { folder, machine, sourceHash: "", reason: "first", date: "2024-02-29" });
    const baselines = { ...readBaselines(folder, "some-class"), ceilings: plan.baselines.ceilings };
    expect(Object.keys(baselines.plans)).toContain("small.select-42");
    const entries = verdictList({ result, workloads: chosen.workloads, baselines, judgesTimes: false });
    expect(entries.map(({ verdict }) => verdict)).toEqual(chosen.workloads.map(() => "pass"));
  });
});
