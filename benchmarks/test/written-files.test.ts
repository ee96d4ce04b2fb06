import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitCounters, commitsOf, fileCounters } from "../src/workloads/written-files.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-written-"));
  await mkdir(join(folder, "_delta_log"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function commit(version: number, actions: readonly object[]): Promise<void> {
  const name = `${String(version).padStart(20, "0")}.json`;
  await writeFile(join(folder, "_delta_log", name), `${actions.map((one) => JSON.stringify(one)).join("\n")}\n`);
}

describe("commitCounters", () => {
  it("tells what commits added and removed, whatever they say of their time", async () => {
    const add = { add: { path: "a", size: 5 } };
    const remove = { remove: { path: "b" } };
    await commit(0, [{ commitInfo: { timestamp: 1 } }, add]);
    await commit(1, [{ commitInfo: { timestamp: 1_000_000 } }, remove, add, add]);
    await writeFile(join(folder, "_delta_log", "_last_checkpoint"), "{}");
    const commits = await commitsOf(folder);
    const bytes = JSON.stringify(add).length;
    const last = { commits: 1, filesAdded: 2, filesRemoved: 1, bytesAdded: 10 };
    expect(await commitCounters(commits.slice(1))).toEqual({
      ...last,
      logBytes: 2 * bytes + JSON.stringify(remove).length,
    });
    expect(await commitCounters(commits.slice(0, 1))).toMatchObject({ filesRemoved: 0, logBytes: bytes });
  });

  it("knows no commits where there is no table", async () => {
    expect(await commitsOf(join(folder, "missing"))).toEqual([]);
  });
});

describe("fileCounters", () => {
  it("tells of one file, or of all Parquet files of a folder", async () => {
    await mkdir(join(folder, "part=1"));
    const one = join(folder, "part=1", "one.parquet");
    await writeFile(one, "12345");
    await writeFile(join(folder, "two.parquet"), "123");
    expect(await fileCounters(one)).toEqual({ files: 1, bytes: 5 });
    expect(await fileCounters(folder)).toEqual({ files: 2, bytes: 8 });
  });
});
