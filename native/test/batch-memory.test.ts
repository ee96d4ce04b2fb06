import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NativeBatch, NativeProvider, type NativeSession, runtimeStats } from "../binding.js";
import { runProgram } from "./child-program.ts";
import { drained, executed, firstColumn, handleOf, openSession, planned, request } from "./native-call.ts";
import { rowCount, rowsOf, streamed } from "./native-call.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

async function garbageCollected(): Promise<void> {
  if (typeof collectGarbage !== "function") throw new Error("No gc");
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await setTimeout(10);
  }
}

function copiedBuffers(): number {
  return JSON.parse(runtimeStats()).copiedBuffers;
}

/** Offset and length of every buffer of a header whose only dictionary node, if any, is the last one. */
function* buffersOf(header: Float64Array): Generator<readonly [offset: number, bytes: number]> {
  let at = 1;
  while (header.length - at > 1) {
    const buffers = header[at + 2] ?? 0;
    at += 3;
    for (let index = 0; index < buffers; index++) {
      yield [header[at] ?? Number.NaN, header[at + 1] ?? Number.NaN];
      at += 2;
    }
  }
}

let session: NativeSession;

beforeAll(async () => {
  session = await openSession();
});

afterAll(() => session.close());

describe("the buffers of a batch", () => {
  const columns = [
    "value AS i64",
    "cast(value AS int) AS i32",
    "arrow_cast(value % 100, 'Int8') AS i8",
    "value * 0.5 AS f64",
    "value % 2 = 0 AS bool",
    "nullif(value % 3, 0) AS nullable",
    "concat('text ', value) AS utf8",
    "arrow_cast(concat('text ', value), 'LargeUtf8') AS large_utf8",
    "arrow_cast(concat('a text of more than twelve bytes ', value), 'Utf8View') AS view",
    "arrow_cast(concat('text ', value), 'Binary') AS bytes",
    "cast(value AS decimal(15, 2)) AS decimal",
    "arrow_cast(value, 'Timestamp(Microsecond, None)') AS timestamp",
    "[value, value + 1, NULL] AS list",
    "[] AS nothing",
    "named_struct('p', value, 'q', concat('t', value)) AS struct",
    "map(['k'], [value]) AS map",
    "NULL AS nil",
    "arrow_cast(concat('d', value % 5), 'Dictionary(Int32, Utf8)') AS dictionary",
  ].join(", ");

  for (const [size, rows] of [
    ["copied", 7],
    ["external", 20_000],
  ] as const) {
    it(`each begin at a multiple of 64, in order, within their allocation (${size})`, async () => {
      const before = copiedBuffers();
      const stream = await streamed(session, `SELECT ${columns} FROM range(0, ${rows})`);
      const batches = await drained(stream);
      expect(rowCount(batches)).toBe(rows);
      expect(copiedBuffers() - before > 0).toBe(true);
      const allocations = batches.flatMap(({ header, data, dictionaries }) => [{ header, data }, ...dictionaries]);
      for (const { header, data } of allocations) {
        let end = 0;
        for (const [offset, bytes] of buffersOf(header)) {
          expect([offset % 64, offset >= end]).toEqual([0, true]);
          end = offset + bytes;
        }
        expect(end).toBeLessThanOrEqual(data.byteLength);
      }
      expect(batches.some(({ data }) => data.byteLength >= 64 * 1024)).toBe(size === "external");
    });
  }

  it("cross without a copy from 64 KiB on", async () => {
    const before = copiedBuffers();
    expect(await executed(session, "SELECT value FROM range(0, 81920)")).toBe(81_920);
    expect(copiedBuffers()).toBeLessThanOrEqual(before + 1);
  });

  it("stay valid after garbage collection and after everything was closed", async () => {
    const own = await openSession();
    const stream = await streamed(own, "SELECT value * 3 AS a, value * 5 AS b FROM range(0, 409600)");
    const kept: NativeBatch[] = [];
    for (let batch = await stream.next(); batch !== null; batch = await stream.next()) kept.push(batch);
    stream.close();
    own.close();
    await garbageCollected();
    await executed(session, "SELECT value, repeat('x', 200) FROM range(0, 200000)");
    await garbageCollected();
    const values = BigInt64Array.from(kept.flatMap((batch) => [...firstColumn(batch)])).toSorted();
    expect(values.length).toBe(409_600);
    expect(values.findIndex((value, index) => value !== BigInt(index) * 3n)).toBe(-1);
  });

  it("can be moved to and sent from another thread as copies", async () => {
    const [batch] = await drained(await streamed(session, "SELECT value FROM range(0, 8192)"));
    if (batch === undefined) throw new Error("No batch");
    const copy = structuredClone(batch);
    expect(copy).toEqual(batch);
    expect(firstColumn(copy)).toEqual(firstColumn(batch));
  });
});

describe("memory of the JavaScript engine, where it is asked for", () => {
  interface HandedOver {
    readonly digest: string;
    readonly batches: number;
    readonly moved: number;
    readonly copiedBuffers: number;
  }

  async function handedOver(place: "external" | "copied"): Promise<HandedOver> {
    const { stdout } = await runProgram("handed-over", place);
    return JSON.parse(stdout);
  }

  it("holds the same bytes, and can be moved to another thread", async () => {
    const [external, copied] = await Promise.all([handedOver("external"), handedOver("copied")]);
    expect(copied.digest).toBe(external.digest);
    expect(copied.batches).toBe(external.batches);
    expect(external.batches).toBeGreaterThan(10);
    expect(external.moved).toBeLessThan(2);
    expect(copied.moved).toBe(copied.batches);
    expect(copied.copiedBuffers).toBeGreaterThanOrEqual(copied.batches);
  });
});

describe("pulling", () => {
  async function rowsPulled(sql: string, layout?: string): Promise<readonly number[]> {
    const stream = await streamed(session, sql, {});
    const rows: number[] = [];
    for (let batch = await stream.next(undefined, undefined, layout); batch !== null;) {
      rows.push(batch.header[0] ?? 0);
      batch = await stream.next(undefined, undefined, layout);
    }
    stream.close();
    return rows;
  }

  it("gives batches of a size that suits what they are for", async () => {
    const narrow = "SELECT value FROM range(0, 409600)";
    expect(Math.max(...(await rowsPulled(narrow, "rows")))).toBe(8192);
    for (const layout of [undefined, "columns", "ipc"] as const) {
      const rows = await rowsPulled(narrow, layout);
      expect(rows[0]).toBe(8192);
      expect(Math.max(...rows)).toBe(32_768);
      expect(rows.reduce((sum, count) => sum + count, 0)).toBe(409_600);
    }
    // 200 bytes a row: a mebibyte is enough.
    expect(Math.max(...(await rowsPulled("SELECT repeat('x', 200) FROM range(0, 409600)", "columns")))).toBe(8192);
  });

  it("refuses a layout that there is not", async () => {
    await expect(rowsPulled("SELECT 1", "matrix")).rejects.toThrow(/NATIVE.BAD_REQUEST/);
  });

  it("gives every batch on a turn of its own of the event loop", async () => {
    const stream = await streamed(session, "SELECT value FROM range(0, 1638400)");
    let turn = 0;
    let running = true;
    const count = (): void => {
      turn += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await setTimeout(50);
    const turns: number[] = [];
    const pull = (): Promise<NativeBatch | null> => stream.next(undefined, undefined, "rows");
    for (let batch = await pull(); batch !== null; batch = await pull()) turns.push(turn);
    running = false;
    stream.close();
    expect(turns.length).toBeGreaterThan(100);
    expect(new Set(turns).size).toBe(turns.length);
  });
});

describe("LIMIT 1 of a long column of strings", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deltafuse-views-"));
    const source = { $handle: 0 };
    const text = "SELECT concat(repeat('text of a hundred bytes ', 4), value) AS t FROM range(0, 1048576)";
    const frame = await planned(session, text);
    const location = join(folder, "text.parquet");
    const target = { location, format: "parquet", mode: "error", single: true, writeId: "w" };
    await session.writeFiles(request({ source, ...target, options: { compression: "zstd" } }), { handles: [frame] });
    const listing = { kind: "listing", location, format: "parquet", hive: false };
    const stored = handleOf(await session.prepareTable(request(listing), {}), NativeProvider);
    const put = (name: string): object => ({ op: "put", name: [name], provider: source, replace: false });
    await session.catalogApply(request({ ops: [put("stored")] }), { handles: [stored] });
    const all = await planned(session, "SELECT arrow_cast(t, 'Utf8View') AS t FROM stored");
    const memory = { kind: "memory", source };
    const kept = handleOf(await session.prepareTable(request(memory), { handles: [all] }), NativeProvider);
    await session.catalogApply(request({ ops: [put("kept")] }), { handles: [kept] });
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("crosses in less than 64 KiB, whatever its batches share", async () => {
    for (const table of ["stored", "kept"]) {
      for (const viewTypes of ["plain", "keep"]) {
        const all = await drained(await streamed(session, `SELECT t FROM ${table} LIMIT 1`, { viewTypes }));
        expect(rowCount(all)).toBe(1);
        const bytes = all.reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(bytes).toBeGreaterThan(95);
        expect(bytes).toBeLessThan(1024);
      }
    }
  });

  it("keeps one allocation per batch in proportion to its rows", async () => {
    const batches = await drained(
      await streamed(session, "SELECT t FROM kept WHERE length(t) = 97 OR t LIKE '%777777'"),
    );
    const bytes = batches.reduce((sum, { data }) => sum + data.byteLength, 0);
    const rows = batches.reduce((sum, batch) => sum + rowsOf(batch), 0);
    expect(rows).toBeGreaterThan(0);
    expect(bytes / rows).toBeLessThan(1024);
  });
});
