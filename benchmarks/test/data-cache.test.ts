import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { provideData } from "../src/data-cache.ts";
import type { DataSet } from "../src/data-set.ts";

let cache: string;
let made = 0;

const set: DataSet = {
  id: "numbers",
  version: 3,
  tables: { one: { path: "one.csv", format: "csv" }, two: { path: "two.csv", format: "csv" } },
  make: async ({ folder, scale, seed }) => {
    made += 1;
    for (const name of ["one", "two"]) await writeFile(join(folder, `${name}.csv`), `${name} ${scale} ${seed}\n`);
  },
};
const provide = (scale = 10) => provideData(cache, { set, scale });

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "deltafuse-cache-"));
  made = 0;
});
afterEach(() => rm(cache, { recursive: true, force: true }));

describe("provideData", () => {
  it("makes data once, and again for another scale or version", async () => {
    const { key, tables } = await provide();
    expect([key, tables["one"]]).toEqual([
      "numbers-v3-10-s1",
      { path: join(cache, "numbers-v3-10-s1", "one.csv"), format: "csv" },
    ]);
    expect(await readFile(tables["two"]?.path ?? "", "utf8")).toBe("two 10 1\n");
    await provide();
    expect(made).toBe(1);
    await provide(20);
    await provideData(cache, { set: { ...set, version: 4 }, scale: 10 });
    expect(made).toBe(3);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["was changed", (path) => writeFile(path, "one 11 1\n")],
    ["is gone", (path) => rm(path)],
    ["was added", (path) => writeFile(`${path}.copy`, "")],
  ])("makes data again of which a file %s", async (_what, damage) => {
    const path = (await provide()).tables["one"]?.path ?? "";
    await damage(path);
    await provide();
    expect([made, await readFile(path, "utf8")]).toEqual([2, "one 10 1\n"]);
    expect((await readdir(dirname(path))).toSorted()).toEqual(["manifest.json", "one.csv", "two.csv"]);
  });

  it("makes data again whose manifest cannot be read", async () => {
    const folder = dirname((await provide()).tables["one"]?.path ?? "");
    await writeFile(join(folder, "manifest.json"), "{");
    await provide();
    expect(made).toBe(2);
  });

  it("leaves nothing behind when data cannot be made", async () => {
    const broken = { ...set, make: () => Promise.reject(new Error("no disk")) };
    await expect(provideData(cache, { set: broken, scale: 10 })).rejects.toThrow("no disk");
    expect(await readdir(cache)).toEqual([]);
  });
});
