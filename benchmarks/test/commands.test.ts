import { mkdtempSync } from "node:fs";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DataNeedError } from "../src/data-place.ts";
import { listCommand } from "../src/list-command.ts";
import { readMachine } from "../src/machine.ts";
import { reportCommand } from "../src/report-command.ts";
import { writeRun } from "../src/result-folder.ts";
import { simulate } from "./simulation.ts";

const place = vi.hoisted(() => ({ results: "" }));
vi.mock("../src/place.ts", async (original) => {
  const all = await original<{ folders: object }>();
  return {
    ...all,
    folders: {
      ...all.folders,
      get results() {
        return place.results;
      },
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), "deltafuse-commands-"));
const oldest = "2026-01-01T00-00-00-gate";
const newest = "2026-01-02T00-00-00-gate";

beforeAll(async () => {
  const { result, entries } = await simulate({ deltafuse: {}, duckdb: {} }, { rounds: 1, mostRounds: 1 });
  place.results = join(folder, "results");
  const call = { suite: "gate", profile: "release" };
  await writeRun(join(place.results, oldest), { result, entries, machine: readMachine(), versions: {}, call });
  await cp(join(place.results, oldest), join(place.results, newest), { recursive: true });
  // A later folder that holds no run.
  await mkdir(join(place.results, "unfinished"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function report(...names: readonly string[]) {
  const printed: string[] = [];
  const exitCode = await reportCommand(names, (line) => printed.push(line));
  return { exitCode, printed, page: await readFile(printed[0] ?? "", "utf8") };
}

describe("reportCommand", () => {
  it("writes the report of the newest run beside it", async () => {
    const { exitCode, printed, page } = await report();
    expect([exitCode, printed]).toEqual([0, [join(place.results, newest, "report.html")]]);
    expect(page).toContain(`<title>DeltaFuse benchmarks: gate, ${newest}</title>`);
    expect(page).not.toContain("<h2>History</h2>");
  });

  it("compares the runs that are named, by name or path and in any order, beside the newest of them", async () => {
    const { printed, page } = await report(newest, join(place.results, oldest));
    expect(printed).toEqual([join(place.results, newest, "report.html")]);
    expect(page).toContain("<h2>History</h2>");
    expect((await report(oldest)).printed).toEqual([join(place.results, oldest, "report.html")]);
  });

  it("says what is missing", async () => {
    await expect(report("no-such-run")).rejects.toThrow(DataNeedError);
    await expect(report("no-such-run")).rejects.toThrow('There is no run "no-such-run"');
    const kept = place.results;
    place.results = join(folder, "empty");
    await expect(report()).rejects.toThrow("There is no run yet. Make one with: npm run bench");
    place.results = kept;
  });
});

describe("listCommand", () => {
  const list = (filter: string): readonly string[] => {
    const printed: string[] = [];
    expect(listCommand(filter, (line) => printed.push(line))).toBe(0);
    return printed
      .join("\n")
      .split("\n")
      .map((line) => line.replaceAll(/ {2,}/g, " | "));
  };

  it("has a line for each workload that the filter selects, in whatever suite it is", () => {
    const [heading, , ...rows] = list("tpch.q1");
    expect(heading).toBe("workload | suites | contestants | counters | promises");
    expect(rows).toEqual([expect.stringMatching(/^tpch\.q1 \| smoke gate full \| deltafuse floor duckdb polars \| /)]);
    expect(list("tpch-sf10.q1").at(-1)).toMatch(/^tpch-sf10\.q1 \| full \| /);
    expect(list("no.such")).toHaveLength(2);
  });

  it("tells promises as they are written, those of a clone", () => {
    expect(list("tpch.q1").at(-1)).toContain("tpch.geomean (ms <= 1.25 x duckdb), tpch.worst (ms <= 2.5 x duckdb)");
    expect(list("cold.import").at(-1)).toContain("cold.import (ms <= metric:bareMs + 35)");
    expect(list("memory").at(-1)).toContain("(afterCloseMiB <= 1.2 x metric:beforeOpenMiB + 40)");
    expect(list("lag").join("\n")).toContain("lag (lagMs <= 10)");
  });
});
