import { describe, expect, it } from "vitest";
import { namedQueries, queryText } from "../src/workloads/sql-text.ts";
import { tpchWorkloads } from "../src/workloads/tpch.ts";

const namesOf = (path: string) => namedQueries(path).map(([name]) => name);
const upTo = (prefix: string, last: number) => Array.from({ length: last }, (_, index) => `${prefix}${index + 1}`);

describe("queries", () => {
  it("are 43 over hits, and 10 groups and 5 joins", () => {
    expect(namesOf("hits.sql")).toEqual(upTo("h", 43));
    expect(namesOf("groupby.sql")).toEqual([...upTo("g", 10), ...upTo("j", 5)]);
  });

  it("have no semicolon and no empty text", () => {
    const texts = [...namedQueries("hits.sql"), ...namedQueries("groupby.sql")].map(([, sql]) => sql);
    const official = upTo("tpch/q", 22).map((name) => queryText(`${name}.sql`));
    expect([...texts, ...official].filter((sql) => !/^(select|with)\s/.test(sql) || sql.includes(";"))).toEqual([]);
  });

  it("of TPC-H are 22, and the fraction of query 11 follows the scale factor", () => {
    expect(tpchWorkloads.map(({ id }) => id)).toEqual(upTo("tpch.q", 22));
    expect(tpchWorkloads[10]?.plan).toContain("* 0.0010000000");
    expect(tpchWorkloads.flatMap(({ plan }) => (plan?.includes("<fraction>") === true ? [plan] : []))).toEqual([]);
  });
});
