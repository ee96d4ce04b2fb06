import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMachine, readVersions } from "../src/machine.ts";
import { repositoryFolder } from "../src/place.ts";
import { planText } from "../src/plan-artifact.ts";
import { writeRun } from "../src/result-folder.ts";
import { sessionArtifact, settingDifferences } from "../src/settings-artifact.ts";
import { simulate } from "./simulation.ts";

let folder: string;
const sessions: Session[] = [];

const opened = async (batchSize: number): Promise<Session> => {
  const session = await openSession(parseProfile({ execution: { batchSize, targetPartitions: 4 } }));
  sessions.push(session);
  return session;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-artifacts-"));
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  await rm(folder, { recursive: true, force: true });
});

describe("sessionArtifact", () => {
  it("is equal on a repeated run and shows a setting that was changed", async () => {
    const [one, same, other] = await Promise.all(
      [opened(4096), opened(4096), opened(1024)].map(async (session) => sessionArtifact(await session)),
    );
    if (one === undefined || same === undefined || other === undefined) throw new Error("There are three sessions.");
    expect(settingDifferences(one.settings, same.settings)).toEqual([]);
    expect(same.identity).toEqual(one.identity);
    expect(settingDifferences(one.settings, other.settings)).toEqual([
      { key: "datafusion.execution.batch_size", before: "4096", now: "1024" },
    ]);
    expect(other.identity).not.toEqual(one.identity);
  });
});

describe("planText", () => {
  it("is equal wherever the data lies", async () => {
    const sql = "SELECT a FROM numbers WHERE a > 3";
    const planIn = async (name: string): Promise<string> => {
      const session = await opened(4096);
      const path = join(folder, name, "numbers.parquet");
      await writeDataset(session, { source: { sql: "SELECT value AS a FROM range(0, 10)" }, target: path });
      await registerDataset(session, "numbers", path);
      return planText(session, sql, [path]);
    };
    const plan = await planIn("here");
    expect(plan).toContain("TableScan: numbers");
    expect(plan).toContain("<data>/numbers.parquet");
    expect(plan).not.toContain("here");
    expect(await planIn("there")).toBe(plan);
  });
});

describe("writeRun", () => {
  it("stores every iteration and what reproduces the run", async () => {
    const { result, entries } = await simulate({ deltafuse: {}, duckdb: {} }, { rounds: 2, mostRounds: 2 });
    const target = join(folder, "run");
    const versions = readVersions(repositoryFolder);
    await writeRun(target, { result, entries, machine: readMachine(), versions, call: { seed: 1 } });
    const files = await readdir(target, { recursive: true });
    expect(files.toSorted()).toEqual([
      "counters.json",
      "digests.json",
      "machine.json",
      "plans",
      "plans/simulated.query.txt",
      "run.json",
      "samples.jsonl",
      "session.json",
      "settings.json",
      "versions.json",
    ]);
    const text = await readFile(join(target, "samples.jsonl"), "utf8");
    const lines: readonly Readonly<Record<string, unknown>>[] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const runs = lines.filter(({ metrics }) => metrics !== undefined);
    expect(runs).toHaveLength(2 * 2 * 3);
    expect(runs[0]).toEqual({
      group: "simulated",
      round: 0,
      attempt: 0,
      disturbance: null,
      entrant: expect.any(String),
      workload: "simulated.query",
      iteration: 0,
      metrics: { ms: 100 },
    });
    expect(lines.filter(({ calibrations }) => calibrations !== undefined)).toHaveLength(2);
    expect(versions["node"]).toBe(process.versions.node);
  });
});
