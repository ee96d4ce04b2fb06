import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { NativeProfile } from "../src/ceiling.ts";
import { readMachine } from "../src/machine.ts";
import { type MeasuredRun, readMeasuredRun } from "../src/report/measured-run.ts";
import { reportPage } from "../src/report/page.ts";
import { writeRun } from "../src/result-folder.ts";
import type { Workload } from "../src/workload.ts";
import { simulate, simulatedBaselines, simulatedWorkload } from "./simulation.ts";

// Thirty processes and a browser, which take long on a machine that is busy.
vi.setConfig({ hookTimeout: 240_000, testTimeout: 240_000 });

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
if (browser === undefined) console.log("No Chromium on this machine: the report is not opened in a browser.");

/** As large as a growth workload says at the end of its id. */
const growing = (size: number) => ({
  round: 0,
  entrant: "deltafuse",
  workload: `growth.columns-${size}`,
  metrics: { ms: size / 100, peakRssMiB: 80, lagMs: 3 },
});

const withRows: Workload = {
  ...simulatedWorkload,
  data: [{ set: "wide", scale: { smoke: 10, gate: 1000, full: 1000 } }],
};

async function storedRun(folder: string, ms: number, profile: NativeProfile = "release"): Promise<MeasuredRun> {
  const told = { deltafuse: { ms, plan: "Filter: id < 1\n" }, floor: { ms: 97 }, duckdb: { ms: 100 } };
  const { result, entries } = await simulate(told);
  const machine = { ...readMachine(), cpu: "a <small> machine" };
  const run = {
    result,
    entries,
    machine,
    versions: { node: "20.0.0", commit: "abc" },
    call: { suite: "gate", profile },
  };
  await writeRun(folder, run);
  await writeFile(
    join(folder, "settings.json"),
    JSON.stringify({
      sessionId: "s",
      revision: 0,
      entries: [
        { key: "execution.batch_size", value: "8192", source: "profile", path: "engine.batchSize", requested: "8192" },
      ],
    }),
  );
  return readMeasuredRun(folder);
}

const previousSettings = {
  sessionId: "s",
  revision: 0,
  entries: [{ key: "execution.batch_size", value: "1024", source: "default", path: null, requested: null }],
} as unknown as NonNullable<MeasuredRun["settings"]>;

/** The same run as the machine would have disturbed it. */
async function disturbedRun(path: string): Promise<MeasuredRun> {
  await storedRun(path, 100);
  const samples = join(path, "samples.jsonl");
  const lines = (await readFile(samples, "utf8")).replaceAll('"disturbance":null', '"disturbance":"memory at 60 %"');
  await writeFile(samples, lines);
  return readMeasuredRun(path);
}

let folder = "";
let page = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-report-"));
  const older = await storedRun(join(folder, "2026-01-01T00-00-00-gate"), 100);
  const newer = await storedRun(join(folder, "2026-01-02T00-00-00-gate"), 130);
  const samples = [...newer.samples, ...[1000, 10_000].map(growing)];
  page = reportPage({
    runs: [older, { ...newer, samples }],
    workloads: [withRows],
    baselines: { ...simulatedBaselines, settings: previousSettings },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plotTitles = [
  "simulated: promises, ms, times the reference",
  "simulated: time per row of its data",
  "simulated.query: every iteration",
  "growth: peak memory",
  "growth: longest event-loop lag",
  "growth.columns-1000: every iteration",
  "growth.columns-10000: every iteration",
  "rows out as columns: time",
  "rows out as columns: peak memory",
  "simulated.query duckdb: from run to run",
];

const textOf = (element: { textContent: string | null } | null): string => element?.textContent ?? "";

describe("the report", () => {
  it("has one titled plot for everything that is to be seen, each with its data below", () => {
    const { document } = parseHTML(page);
    const plots = [...document.querySelectorAll("svg")];
    expect(plots.map((plot) => textOf(plot.querySelector("title")))).toEqual(plotTitles);
    for (const plot of plots) {
      const title = plot.querySelector("title");
      expect([plot.getAttribute("role"), plot.getAttribute("aria-labelledby")]).toEqual(["img", title?.id]);
      expect(plot.closest("figure")?.querySelector("details table tbody td")).not.toBeNull();
    }
    expect(new Set(plots.map((plot) => plot.getAttribute("aria-labelledby"))).size).toBe(plots.length);
  });

  it("tells the verdicts first, and why", () => {
    const { document } = parseHTML(page);
    const row = [...(document.querySelector("#summary tbody tr")?.querySelectorAll("td") ?? [])].map(textOf);
    expect(row.slice(0, 4)).toEqual(["simulated.query", "changed", "1.30", "1.20"]);
    expect(row[4]).toContain("duckdb: 1.300, bound 1.200");
  });

  it("shows the numbers of a plot in its table", () => {
    const { document } = parseHTML(page);
    const rows = [...document.querySelectorAll("#simulated figure table tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map(textOf),
    );
    expect(rows[0]).toEqual(["simulated.query duckdb", "1.30", "1.30", "1.30", "1.20", "1.20", "1.00", "regression"]);
    expect(rows[1]).toEqual(["simulated.query", "130260", "97194", "100200"]);
  });

  it("shows what became of plans, settings, machine and versions", () => {
    const { document } = parseHTML(page);
    const text = (id: string): string => textOf(document.querySelector(id));
    expect(text("#plans pre.diff")).toBe("- TableScan: wide\n+ Filter: id < 1");
    expect(text("#settings tbody tr")).toBe("execution.batch_size10248192");
    expect(text("#settings details tbody tr")).toBe("execution.batch_size8192profileengine.batchSize8192");
    expect(text("#machine-and-versions")).toContain("a <small> machine");
    expect(text("#machine-and-versions")).toContain("20.0.0");
    expect(text("#how-to-read-this")).toContain("Lower is better everywhere.");
  });

  it("holds everything in itself: no script, nothing from elsewhere, light and dark", () => {
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("script, img, iframe, link:not([rel=icon])")).toHaveLength(0);
    expect(page).not.toMatch(/https?:|url\(|@import| on[a-z]+="/);
    expect(page).toContain("@media (prefers-color-scheme: dark)");
  });

  it("shows what a restless machine gave, and that it decides nothing", async () => {
    const run = await disturbedRun(join(folder, "2026-01-03T00-00-00-gate"));
    expect([run.disturbed, run.samples.length > 0]).toEqual([["simulated.query"], true]);
    const { document } = parseHTML(reportPage({ runs: [run], workloads: [withRows], baselines: simulatedBaselines }));
    expect(textOf(document.querySelector("#summary p"))).toContain(
      "disturbed ones, which decide nothing: simulated.query.",
    );
    expect(textOf(document.querySelector("#simulated"))).toContain("every iteration");
    expect(readMeasuredRun(join(folder, "2026-01-02T00-00-00-gate")).disturbed).toEqual([]);
  });

  it("compares the extension as it is published with that of a clone, in the newest run of each", async () => {
    const release = readMeasuredRun(join(folder, "2026-01-02T00-00-00-gate"));
    const published = await storedRun(join(folder, "2026-01-04T00-00-00-gate"), 104, "published");
    const older = { ...release, samples: [], name: "2025-12-31T00-00-00-gate" };
    const runs = [older, release, published] as const;
    const { document } = parseHTML(reportPage({ runs, workloads: [withRows], baselines: simulatedBaselines }));
    const part = document.querySelector("#published-and-release");
    expect(textOf(part?.querySelector("p") ?? null)).toMatch(/takes 0\.800 times as long .* mean of 1 workloads/);
    const cells = [...(part?.querySelectorAll("tbody td") ?? [])].map(textOf);
    expect(cells).toEqual(["simulated.query", "130", "104", "0.800"]);
    expect(textOf(document.querySelector("#machine-and-versions"))).toContain("profilereleasereleasepublished");
    const history = [...document.querySelectorAll("#history tbody tr")].map((row) =>
      textOf(row.querySelectorAll("td")[1] ?? null),
    );
    expect(history).toEqual(["release", "release", "published"]);
  });

  it("shows from 1 to 64 clients how long their queries take, the slowest among them, and the memory", () => {
    const run = readMeasuredRun(join(folder, "2026-01-01T00-00-00-gate"));
    const samples = [64, 1, 16, 4].flatMap((clients) =>
      ["deltafuse", "duckdb", "polars"].map((entrant) => ({
        round: 0,
        entrant,
        workload: `concurrency.clients-${clients}`,
        metrics: { ms: 1000 / clients, p50Ms: clients, p99Ms: clients * 2, peakRssMiB: 80 + clients },
      })),
    );
    const baselines = simulatedBaselines;
    const { document } = parseHTML(reportPage({ runs: [{ ...run, samples }], workloads: [], baselines }));
    const figures = [...document.querySelectorAll("#cost-that-grows-with-the-work figure")];
    expect(figures.map((figure) => textOf(figure.querySelector("svg title")))).toEqual([
      "short queries of many clients: time",
      "short queries of many clients: peak memory",
      "short queries of many clients: median query",
      "short queries of many clients: slowest query of a hundred",
    ]);
    const rows = [...(figures[3]?.querySelectorAll("tbody tr") ?? [])].map((row) =>
      [...row.querySelectorAll("td")].map(textOf),
    );
    expect(rows).toEqual([
      ["1", "2.00", "2.00", "2.00"],
      ["4", "8.00", "8.00", "8.00"],
      ["16", "32.0", "32.0", "32.0"],
      ["64", "128", "128", "128"],
    ]);
  });

  it("shows both scale factors of TPC-H, query by query", () => {
    const run = readMeasuredRun(join(folder, "2026-01-01T00-00-00-gate"));
    const sample = (workload: string, entrant: string, ms: number) => ({
      round: 0,
      entrant,
      workload,
      metrics: { ms, peakRssMiB: ms * 2 },
    });
    const samples = [
      sample("tpch-sf10.q10", "deltafuse", 900),
      sample("tpch-sf10.q2", "deltafuse", 400),
      sample("tpch-sf10.q2", "duckdb", 300),
      sample("tpch.q10", "deltafuse", 90),
      sample("tpch.q2", "deltafuse", 40),
      sample("tpch-sf10-1gib.q2", "deltafuse", 1),
    ];
    const baselines = simulatedBaselines;
    const { document } = parseHTML(reportPage({ runs: [{ ...run, samples }], workloads: [], baselines }));
    const figures = [...document.querySelectorAll("#cost-that-grows-with-the-work figure")];
    expect(figures.map((figure) => textOf(figure.querySelector("svg title")))).toEqual([
      "TPC-H under 4 GiB, both scale factors: time",
      "TPC-H under 4 GiB, both scale factors: peak memory",
    ]);
    const rows = [...(figures[0]?.querySelectorAll("tbody tr") ?? [])].map((row) =>
      [...row.querySelectorAll("td")].map(textOf),
    );
    expect(rows).toEqual([
      ["q2, SF 1", "40.0", "-"],
      ["q2, SF 10", "400", "300"],
      ["q10, SF 1", "90.0", "-"],
      ["q10, SF 10", "900", "-"],
    ]);
    const small = { ...run, samples: samples.filter(({ workload }) => workload.startsWith("tpch.")) };
    expect(reportPage({ runs: [small], workloads: [], baselines })).not.toContain("both scale factors");
  });

  it("says nothing of what a run does not have", () => {
    const run = {
      ...readMeasuredRun(join(folder, "2026-01-01T00-00-00-gate")),
      settings: null,
      plans: {},
      samples: [],
      lacks: [],
    };
    const { document } = parseHTML(reportPage({ runs: [run], workloads: [], baselines: simulatedBaselines }));
    const headings = [...document.querySelectorAll("h2")].map(textOf);
    expect(headings).toEqual(["Summary", "How to read this", "Machine and versions"]);
  });
});

describe.skipIf(browser === undefined)("the report in Chromium", () => {
  it.each([true, false])("is readable without a network, with JavaScript: %s", async (javaScriptEnabled) => {
    const path = join(folder, "report.html");
    await writeFile(path, page);
    const program = await chromium.launch({ executablePath: browser ?? "", args: ["--no-sandbox"] });
    try {
      const context = await program.newContext({ javaScriptEnabled, offline: true });
      const tab = await context.newPage();
      const complaints: string[] = [];
      tab.on("console", (message) => complaints.push(message.text()));
      tab.on("pageerror", (error) => complaints.push(error.message));
      tab.on("requestfailed", (request) => complaints.push(request.url()));
      await tab.goto(`file://${path}`);
      expect(await tab.locator("svg").count()).toBe(plotTitles.length);
      expect(await tab.getByText("duckdb: 1.300, bound 1.200").first().isVisible()).toBe(true);
      const plot = tab.getByRole("img", { name: plotTitles[0] ?? "" });
      const { width, height } = (await plot.boundingBox()) ?? { width: 0, height: 0 };
      expect([width > 100, height > 50]).toEqual([true, true]);
      expect(complaints).toEqual([]);
    } finally {
      await program.close();
    }
  });
});
