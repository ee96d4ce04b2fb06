import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lineage } from "../src/lineage.ts";
import { openSession, type Session } from "../src/session.ts";
import { createTpch, tpchNumbers, tpchQuery } from "./tpch-tables.ts";

let session: Session;
const found = new Map<number, Lineage>();

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await createTpch(session);
  for (const number of tpchNumbers) found.set(number, await session.sql(tpchQuery(number)).lineage());
}, 300_000);
afterAll(() => session.close());

function of(number: number): Lineage {
  const lineage = found.get(number);
  if (lineage === undefined) throw new TypeError(`no query ${number}`);
  return lineage;
}

/** Sources of an output column by how they are used: `table.column`. */
function sources(number: number, output: string): Readonly<Record<string, readonly string[]>> {
  const column = of(number).columns.find((one) => one.output === output);
  const groups: Record<string, string[]> = {};
  for (const { column: name, direct, indirect } of column?.sources ?? [])
    for (const use of direct === "none" ? indirect : [direct]) (groups[use] ??= []).push(name);
  return groups;
}

/** By hand: columns that are themselves, and what the others are made of. */
const direct: Readonly<Record<number, readonly [same: readonly string[], others: Readonly<Record<string, string>>]>> = {
  1: [
    ["l_returnflag", "l_linestatus"],
    {
      sum_qty: "l_quantity aggregate",
      sum_base_price: "l_extendedprice aggregate",
      sum_disc_price: "l_discount aggregate, l_extendedprice aggregate",
      sum_charge: "l_discount aggregate, l_extendedprice aggregate, l_tax aggregate",
      avg_qty: "l_quantity aggregate",
      avg_price: "l_extendedprice aggregate",
      avg_disc: "l_discount aggregate",
      count_order: "",
    },
  ],
  2: [["s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment"], {}],
  3: [["l_orderkey", "o_orderdate", "o_shippriority"], { revenue: "l_discount aggregate, l_extendedprice aggregate" }],
  4: [["o_orderpriority"], { order_count: "" }],
  5: [["n_name"], { revenue: "l_discount aggregate, l_extendedprice aggregate" }],
  6: [[], { revenue: "l_discount aggregate, l_extendedprice aggregate" }],
  7: [
    [],
    {
      supp_nation: "n_name identity",
      cust_nation: "n_name identity",
      l_year: "l_shipdate transform",
      revenue: "l_discount aggregate, l_extendedprice aggregate",
    },
  ],
  8: [[], { o_year: "o_orderdate transform", mkt_share: "l_discount aggregate, l_extendedprice aggregate" }],
  9: [
    [],
    {
      nation: "n_name identity",
      o_year: "o_orderdate transform",
      sum_profit: "l_discount aggregate, l_extendedprice aggregate, l_quantity aggregate, ps_supplycost aggregate",
    },
  ],
  10: [
    ["c_custkey", "c_name", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"],
    { revenue: "l_discount aggregate, l_extendedprice aggregate" },
  ],
  11: [["ps_partkey"], { value: "ps_availqty aggregate, ps_supplycost aggregate" }],
  12: [["l_shipmode"], { high_line_count: "", low_line_count: "" }],
  13: [[], { c_count: "o_orderkey aggregate", custdist: "" }],
  14: [[], { promo_revenue: "l_discount aggregate, l_extendedprice aggregate" }],
  15: [
    ["s_suppkey", "s_name", "s_address", "s_phone"],
    { total_revenue: "l_discount aggregate, l_extendedprice aggregate" },
  ],
  16: [["p_brand", "p_type", "p_size"], { supplier_cnt: "ps_suppkey aggregate" }],
  17: [[], { avg_yearly: "l_extendedprice aggregate" }],
  18: [["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice"], { sum_quantity: "l_quantity aggregate" }],
  19: [[], { revenue: "l_discount aggregate, l_extendedprice aggregate" }],
  20: [["s_name", "s_address"], {}],
  21: [["s_name"], { numwait: "" }],
  22: [[], { cntrycode: "c_phone transform", numcust: "", totacctbal: "c_acctbal aggregate" }],
};

describe("the lineage of the queries of TPC-H", () => {
  it("names the tables that the text names", () => {
    const names = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"];
    for (const number of tpchNumbers) {
      const text = tpchQuery(number);
      const named = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
      const read = new Set(of(number).scans.map(({ table }) => table.name));
      expect([number, [...read].toSorted()]).toEqual([number, named.toSorted()]);
    }
  });

  it("gives every column sources, all of them columns of the tables that are read", () => {
    for (const number of tpchNumbers) {
      const read = new Set(of(number).scans.map(({ table }) => table.name));
      for (const { output, sources: all } of of(number).columns) {
        expect([number, output, all.length > 0]).toEqual([number, output, true]);
        expect(all.filter(({ table }) => !read.has(table.name))).toEqual([]);
      }
    }
  });

  it("says of every column what it is made of", () => {
    for (const number of tpchNumbers) {
      const [same, others] = direct[number] ?? [[], {}];
      const made = of(number).columns.map(({ output, sources: all }) => [
        output,
        all.flatMap((one) => (one.direct === "none" ? [] : [`${one.column} ${one.direct}`])).join(", "),
      ]);
      const expected = { ...others, ...Object.fromEntries(same.map((name) => [name, `${name} identity`])) };
      expect([number, Object.fromEntries(made)]).toEqual([number, expected]);
    }
  });

  it("of query 1", () => {
    expect(sources(1, "sum_charge")).toEqual({
      aggregate: ["l_discount", "l_extendedprice", "l_tax"],
      group: ["l_linestatus", "l_returnflag"],
      filter: ["l_shipdate"],
      sort: ["l_linestatus", "l_returnflag"],
    });
    expect(sources(1, "count_order")).toEqual({
      group: ["l_linestatus", "l_returnflag"],
      filter: ["l_shipdate"],
      sort: ["l_linestatus", "l_returnflag"],
    });
    expect(sources(1, "l_returnflag")).toMatchObject({ identity: ["l_returnflag"] });
  });

  it("of query 3: the keys of its joins stand in WHERE", () => {
    expect(of(3).joins).toEqual([
      { type: "inner", leftKeys: ["orders.o_orderkey"], rightKeys: ["lineitem.l_orderkey"], filter: null },
      { type: "inner", leftKeys: ["customer.c_custkey"], rightKeys: ["orders.o_custkey"], filter: null },
    ]);
    expect(of(3).limits).toEqual([{ limit: 10, offset: 0 }]);
    expect(sources(3, "revenue")).toMatchObject({ aggregate: ["l_discount", "l_extendedprice"] });
  });

  it("of query 8: a condition of CASE decides", () => {
    const share = sources(8, "mkt_share");
    expect(share["aggregate"]).toEqual(["l_discount", "l_extendedprice"]);
    expect(share["filter"]).toContain("n_name");
  });

  it("of query 15: a CTE that is read twice", () => {
    expect(sources(15, "total_revenue")).toMatchObject({ aggregate: ["l_discount", "l_extendedprice"] });
    expect(of(15).subqueries).toEqual([{ kind: "scalar", correlated: [] }]);
  });

  it("of queries 2, 4, 16, 17, 20, 21 and 22: their subqueries", () => {
    const kinds = (number: number): unknown => of(number).subqueries.map(({ kind, correlated }) => [kind, correlated]);
    expect(kinds(2)).toEqual([["scalar", ["part.p_partkey"]]]);
    expect(kinds(4)).toEqual([["exists", ["orders.o_orderkey"]]]);
    expect(kinds(16)).toEqual([["in", []]]);
    expect(kinds(17)).toEqual([["scalar", ["part.p_partkey"]]]);
    expect(kinds(20)).toEqual([
      ["in", []],
      ["in", []],
      ["scalar", ["partsupp.ps_partkey", "partsupp.ps_suppkey"]],
    ]);
    expect(kinds(21)).toEqual([
      ["exists", ["l1.l_orderkey", "l1.l_suppkey"]],
      ["exists", ["l1.l_orderkey", "l1.l_suppkey"]],
    ]);
    expect(kinds(22)).toEqual([
      ["scalar", []],
      ["exists", ["customer.c_custkey"]],
    ]);
  });

  it("of query 13: an outer join", () => {
    expect(of(13).joins).toMatchObject([
      { type: "left", leftKeys: ["customer.c_custkey"], rightKeys: ["orders.o_custkey"] },
    ]);
    expect(sources(13, "c_count")).toMatchObject({ aggregate: ["o_orderkey"] });
  });

  it("of query 21: aliases of one table", () => {
    const aliases = of(21).scans.flatMap(({ table, alias }) => (table.name === "lineitem" ? [alias] : []));
    expect(new Set(aliases)).toEqual(new Set(["l1", "l2", "l3"]));
  });
});
