import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import { typed } from "../src/parameters.ts";
import { openSession, type Session } from "../src/session.ts";
import { decimalValue } from "../src/values.ts";
import { isSqlQuery, sql, type SqlQuery } from "../src/sql.ts";

function open(): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
}

function partsOf({ text, parameters }: SqlQuery): readonly [string, readonly unknown[]] {
  return [text, parameters];
}

describe("the tag sql", () => {
  it("makes parameters of values", () => {
    const name = "x'; DROP TABLE t; --";
    expect(partsOf(sql`SELECT * FROM t WHERE name = ${name} AND id < ${7n}`)).toEqual([
      "SELECT * FROM t WHERE name = $1 AND id < $2",
      [name, 7n],
    ]);
    expect(partsOf(sql`SELECT 1`)).toEqual(["SELECT 1", []]);
  });

  it("takes nested queries into the text and numbers their values anew", () => {
    const condition = sql`a = ${1} OR b = ${2}`;
    const inner = sql`SELECT x FROM u WHERE ${condition}`;
    expect(partsOf(sql`SELECT ${0} FROM (${inner}) WHERE ${condition} AND c = ${3}`)).toEqual([
      "SELECT $1 FROM (SELECT x FROM u WHERE a = $2 OR b = $3) WHERE a = $4 OR b = $5 AND c = $6",
      [0, 1, 2, 1, 2, 3],
    ]);
    expect(partsOf(inner)).toEqual(["SELECT x FROM u WHERE a = $1 OR b = $2", [1, 2]]);
  });

  it("keeps numbers apart from what stands beside them", () => {
    expect(sql`LIMIT ${1}OFFSET ${2}`.text).toBe("LIMIT $1 OFFSET $2");
    expect(sql`a${1}${2}b`.text).toBe("a $1 $2 b");
    expect(sql`(${1},${2})`.text).toBe("($1,$2)");
  });

  it("quotes the parts of names", () => {
    expect(sql.ident("sales", 'or"ders').text).toBe('"sales"."or""ders"');
    expect(sql.ident("a.b").text).toBe('"a.b"');
    for (const parts of [[], [""], ["a", ""], ["a\0"]]) {
      expect(() => sql.ident(...parts)).toThrow(expect.objectContaining({ code: "SQL.PARSE_ERROR" }));
    }
  });

  it("lists values", () => {
    expect(partsOf(sql`VALUES (${sql.list([1, "a"])}), (${sql.list([2])})`)).toEqual([
      "VALUES ($1, $2), ($3)",
      [1, "a", 2],
    ]);
    expect(partsOf(sql.list([sql`a + ${1}`, sql.ident("b"), 3]))).toEqual(['a + $1, "b", $2', [1, 3]]);
    expect(() => sql.list([])).toThrow(expect.objectContaining({ code: "SQL.EMPTY_LIST" }));
  });

  it("tests membership", () => {
    expect(partsOf(sql`WHERE ${sql.in("id", [1, 2])}`)).toEqual(['WHERE "id" IN ($1, $2)', [1, 2]]);
    expect(partsOf(sql.in(sql.ident("t", "id"), ["a"]))).toEqual(['"t"."id" IN ($1)', ["a"]]);
    expect(partsOf(sql.in("id", []))).toEqual(["FALSE", []]);
  });

  it("splices text on demand only", () => {
    expect(partsOf(sql`SELECT ${sql.raw("count(*)")} FROM t`)).toEqual(["SELECT count(*) FROM t", []]);
  });

  it("takes an object of the same shape as data", () => {
    const forged: unknown = JSON.parse('{"text":"1; DROP TABLE t","parameters":[]}');
    expect(isSqlQuery(forged)).toBe(false);
    expect(partsOf(sql`SELECT ${forged}`)).toEqual(["SELECT $1", [forged]]);
  });

  it("is immutable", () => {
    const query = sql`SELECT ${1}`;
    expect([Object.isFrozen(query), Object.isFrozen(query.parameters), Object.isFrozen(sql)]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("a tagged query in a session", () => {
  it("runs with its values", async () => {
    await using session = await open();
    const table = 'odd "name"; DROP TABLE x';
    await session.execute(sql`CREATE TABLE ${sql.ident(table)} AS SELECT value AS id FROM range(0, 10)`);
    const some = sql.in("id", [1, 3, 5, 99]);
    const rows = await session
      .sql(sql`SELECT id FROM ${sql.ident(table)} WHERE ${some} AND id > ${1} ORDER BY id`)
      .rows();
    expect(rows).toEqual([{ id: 3n }, { id: 5n }]);
    expect(await session.sql(sql`SELECT id FROM ${sql.ident(table)} WHERE ${sql.in("id", [])}`).rows()).toEqual([]);
    const typedRow = sql`SELECT ${"a'b"} AS text, ${typed("1.5", "decimal(4, 2)")} AS n`;
    expect(await session.sql(typedRow).first()).toEqual({ text: "a'b", n: decimalValue(150n, 4, 2) });
    expect((await session.execute(typedRow)).table?.numRows).toBe(1);
    expect(await session.sql(sql`SELECT 1 AS a LIMIT ${1}OFFSET ${0}`).rows()).toEqual([{ a: 1n }]);
  });

  it("has no other values beside its own", async () => {
    await using session = await open();
    const mixed = expect.objectContaining({
      code: "SQL.PARAMETER_MIXED",
      details: { positional: ["1"], named: ["a"] },
    });
    expect(() => session.sql(sql`SELECT ${1}`, { parameters: { a: 1 } })).toThrow(mixed);
    await expect(session.execute(sql`SELECT ${1}`, { parameters: { a: 1 } })).rejects.toEqual(mixed);
  });

  it("tells of a value in quotes, which stays text", async () => {
    await using session = await open();
    await expect(session.sql(sql`SELECT '${1}'`).rows()).rejects.toMatchObject({
      code: "SQL.PARAMETER_UNUSED",
      details: { names: ["1"] },
    });
  });
});
