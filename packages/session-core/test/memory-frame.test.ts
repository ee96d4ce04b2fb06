import { parseProfile } from "@deltafuse/config/profile";
import { Table, tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, col } from "../src/expression.ts";
import { encodeIpc } from "../src/ipc.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { openSession, type Session } from "../src/session.ts";
import { dateValue, decimalValue } from "../src/values.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }));
});
afterAll(() => session.close());

describe("fromRows", () => {
  it("gives back what it was given", async () => {
    const rows = [
      {
        id: 1n,
        text: "a",
        score: 0.5,
        day: dateValue(3),
        price: decimalValue(125n, 5, 2),
        tags: ["x", null],
        at: { y: 1n },
      },
      { id: 2n, text: null, score: 2, day: null, price: null, tags: null, at: null },
    ];
    expect(await session.fromRows(rows).rows()).toEqual(rows);
  });

  it("is a frame like any other and copies the rows at once", async () => {
    const rows = [
      { g: "a", n: 1 },
      { g: "b", n: 2 },
      { g: "a", n: 3 },
    ];
    const frame = session
      .fromRows(rows)
      .aggregate({ by: ["g"], values: { s: call("sum", col("n")) } })
      .sort("g");
    rows.length = 0;
    expect(await frame.rows({ values: "plain" })).toEqual([
      { g: "a", s: 4 },
      { g: "b", s: 2 },
    ]);
    expect(await frame.count()).toBe(2);
  });

  it("takes declared columns, also without rows", async () => {
    const schema = [
      { name: "id", type: { type: "int32" }, nullable: false },
      { name: "text", type: { type: "utf8" }, nullable: true },
    ] as const;
    expect(await session.fromRows([{ id: 7 }], { schema }).rows()).toEqual([{ id: 7, text: null }]);
    const empty = session.fromRows([], { schema });
    expect(await empty.schema()).toEqual(schema);
    expect(await empty.count()).toBe(0);
  });

  it("refuses values that do not fit, naming column and row", () => {
    expect(() => session.fromRows([{ a: 1 }, { a: "x" }])).toThrow(
      expect.objectContaining({ code: "ROWS.VALUE_INVALID", details: expect.objectContaining({ path: "a", row: 1 }) }),
    );
    expect(() => session.fromRows([{ a: Symbol("s") }])).toThrow(
      expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED" }),
    );
  });

  it("holds no copy of rows that were refused", async () => {
    const held = async (): Promise<number | undefined> => (await runtimeStats()).handles["bytes"];
    const before = await held();
    const schema = [{ name: "n", type: { type: "int32" }, nullable: false }] as const;
    expect(() => session.fromRows([{ n: 1 }, { n: "x" }], { schema })).toThrow();
    expect(await held()).toBe(before);
  });

  it("runs at several places at once", async () => {
    const frame = session.fromRows([{ n: 1 }, { n: 2 }]);
    const expected = [{ n: 1 }, { n: 2 }];
    const plain = { values: "plain" } as const;
    expect(await Promise.all([frame.rows(plain), frame.rows(plain), frame.rows(plain)])).toEqual([
      expected,
      expected,
      expected,
    ]);
    expect(await frame.rows(plain)).toEqual(expected);
  });

  it("still has its rows when planning was given up", async () => {
    const frame = session.fromRows([{ n: 1 }]);
    await expect(frame.rows({ signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await frame.rows({ values: "plain" })).toEqual([{ n: 1 }]);
  });

  it("holds many rows", async () => {
    const rows = Array.from({ length: 150_000 }, (_, index) => ({ index, text: `row ${index}` }));
    const frame = session.fromRows(rows);
    expect(await frame.count()).toBe(150_000);
    expect(await frame.filter(col("index").eq(149_999)).rows({ values: "plain" })).toEqual([
      { index: 149_999, text: "row 149999" },
    ]);
  });
});

describe("values", () => {
  it("takes arrays under names", async () => {
    const frame = session.values(
      [
        [1, "a"],
        [2, null],
      ],
      ["n", "t"],
    );
    expect(await frame.rows({ values: "plain" })).toEqual([
      { n: 1, t: "a" },
      { n: 2, t: null },
    ]);
    expect(await session.values([], ["n"]).schema()).toEqual([{ name: "n", type: { type: "null" }, nullable: true }]);
    expect(() => session.values([[1], [1, 2]], ["a"])).toThrow(
      expect.objectContaining({ code: "ROWS.VALUE_INVALID", details: expect.objectContaining({ row: 1 }) }),
    );
    expect(() => session.values([[1, 2]], ["a", "a"])).toThrow(
      expect.objectContaining({ code: "ROWS.DUPLICATE_NAME" }),
    );
  });
});

describe("fromArrow", () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3), x: Float64Array.of(0.5, 1.5, 2.5) });

  it("takes a Table, RecordBatches and IPC bytes", async () => {
    const expected = [
      { id: 1, x: 0.5 },
      { id: 2, x: 1.5 },
      { id: 3, x: 2.5 },
    ];
    expect(await session.fromArrow(table).rows()).toEqual(expected);
    expect(await session.fromArrow(table.batches).rows()).toEqual(expected);
    expect(await session.fromArrow(encodeIpc(table)).rows()).toEqual(expected);
  });

  it("takes what collect gave, as do the writers of apache-arrow", async () => {
    const frame = session.sql(`
      SELECT value AS n, value * 2.5 AS x, CAST(value AS VARCHAR) AS text, TIMESTAMP '2001-01-01' AS at, [value] AS list,
             arrow_cast(CAST(value % 3 AS VARCHAR), 'Dictionary(Int32, Utf8)') AS kind
      FROM range(0, 30000) ORDER BY n`);
    const collected = await frame.collect();
    expect(collected.batches.length).toBeGreaterThan(1);
    expect(tableFromIPC(tableToIPC(collected, "stream")).numRows).toBe(30_000);
    expect(await session.fromArrow(collected).sort("n").rows()).toEqual(await frame.rows());
  });

  it("takes a table without rows, and no empty list", async () => {
    expect(await session.fromArrow(new Table(table.schema)).count()).toBe(0);
    await expect(session.fromArrow([]).rows()).rejects.toMatchObject({ code: "ROWS.TYPE_UNSUPPORTED" });
  });

  it("refuses bytes that are no Arrow data", async () => {
    await expect(session.fromArrow(Uint8Array.of(1, 2, 3)).rows()).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENGINE|NATIVE)\./),
    });
  });
});
