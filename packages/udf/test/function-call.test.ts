import { parseProfile } from "@deltafuse/config/profile";
import { call, col } from "@deltafuse/session-core/expression";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functions } from "../src/extension.ts";
import { registerFunction } from "../src/registry.ts";
import { defineScalar } from "../src/scalar-function.ts";

const twice = defineScalar({ name: "twice", args: { n: "int64" }, returns: "int64", call: (n) => n * 2n });

const twiceColumns = defineScalar({
  name: "twice_columns",
  args: { n: "int64" },
  returns: "int64",
  callColumns: ({ n }) => n.values.map((value) => value * 2n),
});

const even = defineScalar({ name: "even", args: { n: "int64" }, returns: "bool", call: (n) => n % 2n === 0n });

const label = defineScalar({
  name: "label",
  args: { n: "int64", text: "utf8" },
  returns: "utf8",
  volatility: "immutable",
  call: (n: bigint, text: string) => `${text}-${n}`,
});

let session: Session;

beforeAll(async () => {
  const define = [twice, twiceColumns, even, label];
  session = await openSession(parseProfile({ preset: "test" }), { extensions: [functions({ define })] });
});

afterAll(() => session.close());

async function rows(sql: string): Promise<object[]> {
  return [...(await session.sql(sql).rows({ values: "plain" }))];
}

/** Registers a function that reports each of its batches. */
async function observed(
  name: string,
  more: { readonly batchSize?: number; readonly volatility?: "immutable" } = {},
): Promise<{ readonly rows: number; readonly constants: readonly string[]; readonly lengths: readonly number[] }[]> {
  const batches: { rows: number; constants: readonly string[]; lengths: number[] }[] = [];
  const f = defineScalar({
    name,
    args: { a: "int64", b: "int64" },
    returns: "int64",
    ...more,
    callColumns: ({ a, b }, context) => {
      batches.push({ ...context, lengths: [a.length, b.length] });
      const at = (name_: "a" | "b", row: number): number => (context.constants.includes(name_) ? 0 : row);
      return BigInt64Array.from(
        { length: context.rows },
        (_, row) => (a.values[at("a", row)] ?? 0n) + (b.values[at("b", row)] ?? 0n),
      );
    },
  });
  await registerFunction(session, f);
  return batches;
}

describe("a function", () => {
  it.each([
    ["a projection", "SELECT twice(value) AS n FROM range(0, 3) ORDER BY n", [{ n: 0 }, { n: 2 }, { n: 4 }]],
    ["columns", "SELECT twice_columns(value) AS n FROM range(0, 3) ORDER BY n", [{ n: 0 }, { n: 2 }, { n: 4 }]],
    ["itself", "SELECT twice(twice(value)) AS n FROM range(1, 3) ORDER BY n", [{ n: 4 }, { n: 8 }]],
    ["a filter", "SELECT value AS n FROM range(0, 6) WHERE even(value) ORDER BY n", [{ n: 0 }, { n: 2 }, { n: 4 }]],
    [
      "a join condition",
      `SELECT a.value AS a, b.value AS b FROM range(0, 9) AS a JOIN range(0, 9) AS b ON twice(a.value) = b.value
       ORDER BY a`,
      [0, 1, 2, 3, 4].map((a) => ({ a, b: 2 * a })),
    ],
    [
      "a join condition over both sides",
      `SELECT count(*) AS n FROM range(0, 4) AS a JOIN range(0, 4) AS b ON even(a.value + b.value)`,
      [{ n: 8 }],
    ],
    ["an aggregate argument", "SELECT sum(twice(value)) AS n FROM range(0, 1000)", [{ n: 999_000 }]],
    ["an aggregate filter", "SELECT count(*) FILTER (WHERE even(value)) AS n FROM range(0, 1001)", [{ n: 501 }]],
    [
      "a group key",
      "SELECT even(value) AS e, count(*) AS n FROM range(0, 101) GROUP BY even(value) ORDER BY n",
      [
        { e: false, n: 50 },
        { e: true, n: 51 },
      ],
    ],
    ["a sort key", "SELECT value AS n FROM range(0, 4) ORDER BY twice(-value)", [3, 2, 1, 0].map((n) => ({ n }))],
    [
      "HAVING",
      "SELECT value % 3 AS g, count(*) AS n FROM range(0, 10) GROUP BY g HAVING even(count(*)) ORDER BY g",
      [{ g: 0, n: 4 }],
    ],
    [
      "a window argument",
      "SELECT sum(twice(value)) OVER (ORDER BY value) AS n FROM range(0, 4) ORDER BY value",
      [0, 2, 6, 12].map((n) => ({ n })),
    ],
    [
      "a CASE branch",
      "SELECT CASE WHEN value < 2 THEN value ELSE twice(value) END AS n FROM range(0, 4) ORDER BY n",
      [0, 1, 4, 6].map((n) => ({ n })),
    ],
    ["a subquery", "SELECT (SELECT max(twice(value)) FROM range(0, 5)) AS n", [{ n: 8 }]],
    [
      "two arguments of two types",
      "SELECT label(value, 'x') AS t FROM range(0, 2) ORDER BY t",
      [{ t: "x-0" }, { t: "x-1" }],
    ],
  ])("is called in %s", async (_, sql, expected) => {
    expect(await rows(sql)).toEqual(expected);
  });

  it("is called in frames", async () => {
    const frame = session
      .sql("SELECT value FROM range(0, 10)")
      .filter(call("even", col("value")))
      .select(call("twice", col("value")).alias("n"))
      .sort("n");
    expect([...(await frame.rows({ values: "plain" }))]).toEqual([0, 4, 8, 12, 16].map((n) => ({ n })));
  });

  it("gets only the rows that a CASE selects", async () => {
    const batches = await observed("selected");
    const sql = "SELECT sum(CASE WHEN value % 10 = 0 THEN selected(value, value) ELSE 0 END) AS n FROM range(0, 1000)";
    expect(await rows(sql)).toEqual([{ n: 99_000 }]);
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(100);
  });

  it("has its arguments cast", async () => {
    expect(await rows("SELECT twice(21::smallint) AS a, label(1, 2) AS b")).toEqual([{ a: 42, b: "2-1" }]);
    await expect(rows("SELECT twice(4.5)")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    await expect(rows("SELECT twice(1, 2)")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });

  it.each([1, 8191, 8192, 8193, 50_000])("keeps the order of %i rows", async (count) => {
    const found = await rows(`SELECT value AS a, twice(value) AS b FROM range(0, ${count})`);
    expect(found).toHaveLength(count);
    expect(found.every((row) => "a" in row && "b" in row && Number(row.b) === 2 * Number(row.a))).toBe(true);
  });

  it("gets at most batchSize rows at once, and none of nothing", async () => {
    const batches = await observed("small_batches", { batchSize: 1000 });
    await rows("SELECT sum(small_batches(value, value)) FROM range(0, 20000)");
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(20_000);
    expect(Math.max(...batches.map((batch) => batch.rows))).toBe(1000);
    const before = batches.length;
    expect(await rows("SELECT small_batches(value, value) AS n FROM range(0, 20) WHERE value > 30")).toEqual([]);
    expect(batches).toHaveLength(before);
  });

  it("gets constants as columns of one row", async () => {
    const batches = await observed("with_constant");
    expect(await rows("SELECT sum(with_constant(value, 10)) AS n FROM range(0, 4)")).toEqual([{ n: 46 }]);
    expect(batches).toEqual([{ rows: 4, constants: ["b"], lengths: [4, 1] }]);
  });

  it("is called with constants alone", async () => {
    expect(await rows("SELECT label(7, 'x') AS t, twice(21) AS n FROM range(0, 2)")).toEqual([
      { t: "x-7", n: 42 },
      { t: "x-7", n: 42 },
    ]);
  });

  it("is folded to one call of one row when it is immutable and its arguments are constant", async () => {
    const batches = await observed("folded", { volatility: "immutable" });
    expect(await rows("SELECT sum(folded(1, 2)) AS n FROM range(0, 100000)")).toEqual([{ n: 300_000 }]);
    expect(batches.map((batch) => batch.rows)).toEqual([1]);
  });

  it("may have no arguments", async () => {
    let calls = 0;
    const f = defineScalar({
      name: "counter",
      args: {},
      returns: "int64",
      call: () => {
        calls += 1;
        return calls;
      },
    });
    await registerFunction(session, f);
    expect(await rows("SELECT counter() AS n FROM range(0, 3) ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

describe("nulls", () => {
  const values = "(VALUES (1, 'a'), (NULL, 'b'), (3, NULL), (4, 'd')) AS t(n, text)";

  it("do not reach a strict function, and give null", async () => {
    const seen: unknown[] = [];
    const f = defineScalar({
      name: "strictly",
      args: { n: "int64", text: "utf8" },
      returns: "utf8",
      call: (n: bigint, text: string) => {
        seen.push([n, text]);
        return `${n}${text}`;
      },
    });
    await registerFunction(session, f);
    expect(await rows(`SELECT n, strictly(n, text) AS r FROM ${values}`)).toEqual([
      { n: 1, r: "1a" },
      { n: null, r: null },
      { n: 3, r: null },
      { n: 4, r: "4d" },
    ]);
    expect(seen).toEqual([
      [1n, "a"],
      [4n, "d"],
    ]);
    expect(await rows(`SELECT strictly(n, NULL) AS r FROM ${values}`)).toEqual(
      Array.from({ length: 4 }, () => ({ r: null })),
    );
    expect(seen).toHaveLength(2);
  });

  it("reach a function that passes them", async () => {
    const f = defineScalar({
      name: "passing",
      args: { n: "int64", text: "utf8" },
      returns: "utf8",
      nulls: "pass",
      call: (n, text) => `${n}${text}`,
    });
    await registerFunction(session, f);
    expect(await rows(`SELECT passing(n, text) AS r, passing(n, NULL) AS s FROM ${values}`)).toEqual([
      { r: "1a", s: "1null" },
      { r: "nullb", s: "nullnull" },
      { r: "3null", s: "3null" },
      { r: "4d", s: "4null" },
    ]);
  });

  it("come back as null, undefined or unset bits", async () => {
    const base = { args: { n: "int64" }, returns: "int64" } as const;
    await registerFunction(
      session,
      defineScalar({ ...base, name: "odd_only", call: (n) => (n % 2n === 0n ? null : n) }),
    );
    await registerFunction(
      session,
      defineScalar({
        ...base,
        name: "bits_only",
        callColumns: ({ n }) => ({ values: n.values, validity: Uint8Array.of(0b1010) }),
      }),
    );
    expect(await rows("SELECT odd_only(value) AS a, bits_only(value) AS b FROM range(0, 4)")).toEqual([
      { a: null, b: null },
      { a: 1, b: 1 },
      { a: null, b: null },
      { a: 3, b: 3 },
    ]);
  });
});

describe("many queries", () => {
  it("share a function, 64 at once", async () => {
    const totals = await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const [row] = await session
          .sql(`SELECT sum(twice(value)) AS n, count(label(value, 'x')) AS c FROM range(0, ${20_000 + index})`)
          .rows({ values: "plain" });
        return row;
      }),
    );
    expect(totals).toEqual(
      Array.from({ length: 64 }, (_, index) => {
        const count = 20_000 + index;
        return { n: count * (count - 1), c: count };
      }),
    );
  });

  it("leave turns of the event loop to the rest of the program", async () => {
    let run = 0;
    let longestRun = 0;
    const slow = defineScalar({
      name: "slow",
      args: { n: "int64" },
      returns: "int64",
      batchSize: 25,
      callColumns: ({ n }) => {
        run += 1;
        longestRun = Math.max(longestRun, run);
        const end = performance.now() + 1;
        while (performance.now() < end);
        return n.values;
      },
    });
    await registerFunction(session, slow);
    const turn = setInterval(() => {
      run = 0;
    }, 0);
    const query = (): Promise<object[]> => rows("SELECT sum(slow(value)) AS total FROM range(0, 2500)");
    const found = await Promise.all([query(), query(), query(), query()]);
    clearInterval(turn);
    expect(found.flat()).toEqual(Array.from({ length: 4 }, () => ({ total: 3_123_750 })));
    // 400 calls of a millisecond: ten of them follow one another, and those that were waiting by then.
    expect(longestRun).toBeLessThan(100);
  });

  it("of several sessions have functions of their own", async () => {
    const open = async (factor: bigint): Promise<Session> => {
      const scale = defineScalar({ name: "scale", args: { n: "int64" }, returns: "int64", call: (n) => n * factor });
      return openSession(parseProfile({ preset: "test" }), { extensions: [functions({ define: [scale] })] });
    };
    await using three = await open(3n);
    await using five = await open(5n);
    const found = await Promise.all(
      [three, five].map(async (one) => [...(await one.sql("SELECT scale(2) AS n").rows({ values: "plain" }))]),
    );
    expect(found).toEqual([[{ n: 6 }], [{ n: 10 }]]);
  });
});
