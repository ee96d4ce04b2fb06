import { describe, expect, it } from "vitest";
import { readBaselines } from "../src/baseline.ts";
import { contestantNames } from "../src/contestant.ts";
import { dataSets } from "../src/data-list.ts";
import { DataNeedError, scalesOf } from "../src/data-place.ts";
import { folders } from "../src/place.ts";
import { groupsOf } from "../src/round.ts";
import { contestantsOf, selectWorkloads } from "../src/selection.ts";
import type { Suite } from "../src/workload.ts";
import { workloads } from "../src/workload-list.ts";
import { simulatedWorkload } from "./simulation.ts";

const { ceilings } = readBaselines(folders.baselines, "none");
const suites: readonly Suite[] = ["smoke", "gate", "full"];
const duplicates = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

describe("ceilings.json", () => {
  it("has promises of a known form, each once", () => {
    expect(duplicates(ceilings.map(({ id }) => id))).toEqual([]);
    const references: readonly (string | null)[] = [null, "workload", "bandwidth", ...contestantNames];
    const reference = expect.toSatisfy(
      (value: string | null) => references.includes(value) || /^metric:\w+$/.test(value ?? ""),
    );
    const limit = expect.toSatisfy((value: object) =>
      Object.keys(value).every((key) => ["ratio", "plus"].includes(key)),
    );
    for (const ceiling of ceilings) {
      const must = "release" in ceiling.must ? { release: limit, published: limit } : limit;
      expect(ceiling).toMatchObject({ title: expect.any(String), metric: expect.any(String), reference, must });
      expect(["each", "geomean", "sum"]).toContain(ceiling.fold);
    }
  });

  it("promises nothing easier than its aim", () => {
    const bounds = ceilings.flatMap(({ id, must, aim }) => {
      const limits = "release" in must ? [must.release, must.published] : [must];
      return aim === null
        ? []
        : limits.map((limit) => [id, limit.ratio ?? 1, aim.ratio ?? 1, limit.plus ?? 0, aim.plus ?? 0] as const);
    });
    const easier = bounds.filter(([, must, aim, plus, aimPlus]) => aim > must || aimPlus > plus);
    expect(easier).toEqual([]);
  });
});

describe("the workloads", () => {
  it("are held to every promise", () => {
    const used = new Set(workloads.flatMap((one) => one.ceilings));
    expect(ceilings.map(({ id }) => id).filter((id) => !used.has(id))).toEqual([]);
  });

  it("have ids of their own that begin with their family", () => {
    expect(duplicates(workloads.map(({ id }) => id))).toEqual([]);
    expect(workloads.filter(({ id, family }) => !id.startsWith(`${family}.`)).map(({ id }) => id)).toEqual([]);
  });

  it("are held to promises that there are, and compare with workloads of the same processes", () => {
    const known = new Set(ceilings.map(({ id }) => id));
    expect(workloads.flatMap((one) => one.ceilings.filter((id) => !known.has(id)).map((id) => [one.id, id]))).toEqual(
      [],
    );
    const groups = groupsOf(workloads);
    const lonely = workloads.filter(({ id, against, ceilings: own }) => {
      const needs = ceilings.some((ceiling) => own.includes(ceiling.id) && ceiling.reference === "workload");
      const group = groups.find((one) => one.workloads.some((other) => other.id === id));
      const found = group?.workloads.some((other) => other.id === against) ?? false;
      return (needs || against !== undefined) && !found;
    });
    expect(lonely.map(({ id }) => id)).toEqual([]);
  });

  it("name the contestants that their promises compare with", () => {
    const missing = workloads.flatMap(({ id, contestants, ceilings: own }) =>
      ceilings.flatMap(({ id: ceiling, reference }) => {
        const name = contestantNames.find((one) => one === reference);
        return own.includes(ceiling) && name !== undefined && !contestants.includes(name) ? [[id, ceiling]] : [];
      }),
    );
    expect(missing).toEqual([]);
  });

  it.each(suites)("agree on the data of their processes in the suite %s", (suite) => {
    const known = new Set(dataSets.map(({ id }) => id));
    for (const group of groupsOf(selectWorkloads(workloads, { suite, filter: "", peers: null }))) {
      expect(Object.keys(scalesOf(group.workloads, suite)).filter((id) => !known.has(id))).toEqual([]);
    }
  });

  it("watch the memory where they grow", () => {
    const growing = workloads.filter(({ id }) => /^(growth\.|concurrency\.clients-)/.test(id));
    expect(growing.filter(({ watch }) => !watch.includes("rss")).map(({ id }) => id)).toEqual([]);
    expect(growing.some(({ id }) => id === "concurrency.clients-64")).toBe(true);
  });

  it("cannot want two sizes of one set in one process", () => {
    const sized = (scale: number) => ({
      ...simulatedWorkload,
      data: [{ set: "wide", scale: { smoke: scale, gate: 1, full: 1 } }],
    });
    expect(scalesOf([sized(5), sized(5)], "smoke")).toEqual({ wide: 5 });
    expect(() => scalesOf([sized(5), sized(6)], "smoke")).toThrow(DataNeedError);
  });
});

describe("the data sets", () => {
  it("have tables with names of their own", () => {
    expect(duplicates(dataSets.flatMap(({ tables }) => Object.keys(tables)))).toEqual([]);
  });
});

describe("selection", () => {
  const ids = (filter: string) => {
    const all = ["tpch.q1", "tpch.q10", "transfer.rows.wide"].map((id) => ({ ...simulatedWorkload, id }));
    return selectWorkloads(all, { suite: "gate", filter, peers: null }).map(({ id }) => id);
  };

  it("is by pattern, by id, or by the beginning of an id up to a point", () => {
    expect([ids("tpch.q1"), ids("tpch"), ids("*.q1*"), ids("transfer"), ids("q1"), ids("")]).toEqual([
      ["tpch.q1"],
      ["tpch.q1", "tpch.q10"],
      ["tpch.q1", "tpch.q10"],
      ["transfer.rows.wide"],
      [],
      ["tpch.q1", "tpch.q10", "transfer.rows.wide"],
    ]);
  });

  it("has no peers at smoke scale, those of a promise in the gate, all in full, and those that were asked for", () => {
    const workload = { ...simulatedWorkload, contestants: contestantNames, ceilings: ["columns.polars"] };
    const names = (suite: Suite, peers: readonly "duckdb"[] | null = null) =>
      contestantsOf(workload, { suite, filter: "", peers }, ceilings);
    expect(names("smoke")).toEqual(["deltafuse", "floor"]);
    expect(names("gate")).toEqual(["deltafuse", "floor", "polars"]);
    expect(names("full")).toEqual(["deltafuse", "floor", "duckdb", "polars"]);
    expect(names("full", ["duckdb"])).toEqual(["deltafuse", "floor", "duckdb"]);
  });
});
