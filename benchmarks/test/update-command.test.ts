import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readBaselines, sortedJson } from "../src/baseline.ts";
import type { BenchmarkPlan } from "../src/benchmark.ts";
import { exitCodes } from "../src/gate.ts";
import { readMachine } from "../src/machine.ts";
import { baselineRun, refusalOf, updateCommand, writeBaselines } from "../src/update-command.ts";
import { isClean, uncommitted } from "../src/working-tree.ts";
import { quiet, simulatedPlan, simulatedBaselines, simulatedWorkload, type Told } from "./simulation.ts";

const place = vi.hoisted(() => ({ repositoryFolder: "" }));
vi.mock("../src/place.ts", async (original) => ({
  ...(await original<object>()),
  get repositoryFolder() {
    return place.repositoryFolder;
  },
}));

let folder: string;
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", place.repositoryFolder, ...args], { encoding: "utf8" });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-update-"));
  place.repositoryFolder = join(folder, "repository");
  await mkdir(join(place.repositoryFolder, "baselines"), { recursive: true });
  await writeFile(join(place.repositoryFolder, "baselines", "counters.json"), "{}\n");
  await writeFile(join(place.repositoryFolder, "baselines", "gone.txt"), "a plan\n");
  git("init", "--quiet");
  git("add", "--all");
  git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message=first");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const both = (told: Told) => ({ deltafuse: { ms: 98, ...told }, floor: { ms: 97 }, duckdb: { ms: 100 } });

/** A run for new baselines with simulated contestants. */
const updating = (told: Told, changes: Partial<BenchmarkPlan> = {}) =>
  baselineRun(simulatedPlan(both(told), { rounds: 1, mostRounds: 1, ...changes }));

describe("the tree", () => {
  it("shows what was changed, made and removed, and keeps its index", async () => {
    const baselines = join(place.repositoryFolder, "baselines");
    expect([isClean(place.repositoryFolder), await uncommitted(place.repositoryFolder, baselines)]).toEqual([true, ""]);
    await writeFile(join(baselines, "counters.json"), '{"a":1}\n');
    await writeFile(join(baselines, "new.txt"), "another plan\n");
    await rm(join(baselines, "gone.txt"));
    await writeFile(join(place.repositoryFolder, "elsewhere.txt"), "not told\n");
    const difference = await uncommitted(place.repositoryFolder, baselines);
    const changed = difference.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
    expect(changed).toEqual(["-{}", '+{"a":1}', "-a plan", "+another plan"]);
    expect(isClean(place.repositoryFolder)).toBe(false);
    expect(git("diff", "--cached")).toBe("");
  });

  it("is not measured for baselines while it has changes that are not committed", async () => {
    await writeFile(join(place.repositoryFolder, "draft.txt"), "a draft\n");
    const printed: string[] = [];
    const options = { command: "update", reason: "why", filter: "", suite: "smoke" } as const;
    expect(await updateCommand(options, (line) => printed.push(line))).toBe(exitCodes.prerequisite);
    expect(printed).toEqual([expect.stringContaining("not committed")]);
  });
});

describe("refusalOf", () => {
  it("says nothing of a run that changes everything that is committed", async () => {
    const run = await updating({ nativeCalls: 4, plan: "Filter: id > 1\n" });
    expect(refusalOf(run)).toBeNull();
  });

  it("refuses a wrong result with 4, a failure with 1", async () => {
    expect(refusalOf(await updating({ rows: [["1", "2.60"]] }))).toEqual({
      exitCode: 4,
      why: "simulated.query: deltafuse is wrong: row 1, amount decimal: 2.60 instead of 2.50",
    });
    expect(refusalOf(await updating({ end: "exit" }))).toMatchObject({ exitCode: 1 });
  });
});

describe("writeBaselines", () => {
  const target = {
    folder: "",
    machine: { ...readMachine(), class: "some-class" },
    sourceHash: "abc",
    reason: "why",
    date: "2024-02-29",
  };
  const ratio = { value: 2, spread: 0, rounds: 7, sourceHash: "" };
  const before = {
    ...simulatedBaselines,
    counters: { "simulated.query": { nativeCalls: 9 }, "other.query": { nativeCalls: 9 } },
    digests: { "simulated.query": { small: { rows: 1, sha256: "kept" } }, "other.query": {} },
    plans: { "simulated.query": "old\n", "simulated.gone": "old\n", "other.query": "old\n" },
    ratios: { "simulated.query duckdb": ratio, "other.query duckdb": ratio },
  };

  it("rewrites what was measured over small data and in the gate, and nothing else", async () => {
    const baselines = await mkdtemp(join(folder, "baselines-"));
    await mkdir(join(baselines, "plans"));
    for (const [id, text] of Object.entries(before.plans)) await writeFile(join(baselines, "plans", `${id}.txt`), text);
    await writeFile(join(baselines, "ceilings.json"), sortedJson(before.ceilings));
    const gone = { ...simulatedWorkload, id: "simulated.gone", plan: null, counters: null };
    const onlySmall = { ...simulatedWorkload, id: "simulated.small" };
    const small = await updating(
      {},
      { baselines: before, workloads: [simulatedWorkload, gone, onlySmall], calibrate: null },
    );
    const gate = await updating({}, { baselines: before, rounds: 5, mostRounds: 5 });
    await writeBaselines([small, gate], { ...target, folder: baselines });
    const after = readBaselines(baselines, "some-class");
    expect(after.counters).toEqual({
      "simulated.query": { nativeCalls: 3 },
      "simulated.small": { nativeCalls: 3 },
      "other.query": { nativeCalls: 9 },
    });
    const plan = "TableScan: wide\n";
    expect(after.plans).toEqual({ "simulated.query": plan, "simulated.small": plan, "other.query": "old\n" });
    expect(after.digests["simulated.query"]).toEqual({
      small: { rows: 1, sha256: "kept" },
      "": { rows: 1, sha256: JSON.stringify([["1", "2.50"]]) },
    });
    expect(after.ratios).toEqual({
      "simulated.query duckdb": { value: expect.closeTo(0.98, 5), spread: 0, rounds: 5, sourceHash: "abc" },
      "other.query duckdb": ratio,
    });
    expect(await readFile(join(baselines, "CHANGES.md"), "utf8")).toBe("- 2024-02-29: why\n");
    expect(JSON.parse(await readFile(join(baselines, "some-class", "session.json"), "utf8"))).toEqual({});
  });

  it("writes what is exact of a restless machine, and no times", async () => {
    const baselines = await mkdtemp(join(folder, "baselines-"));
    let bandwidth = 100;
    const calibrate = () => Promise.resolve({ ...quiet, bandwidth: (bandwidth *= 0.9) });
    const restless = await updating({}, { baselines: before, calibrate });
    expect([...restless.result.noisy]).toEqual(["simulated"]);
    await writeBaselines([restless], { ...target, folder: baselines });
    const after = readBaselines(baselines, "some-class");
    expect(after.digests["simulated.query"]).toHaveProperty("");
    expect(after.counters["simulated.query"]).toEqual({ nativeCalls: 3 });
    expect(after.ratios).toEqual({});
  });
});
