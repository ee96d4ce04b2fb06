import { parseProfile } from "@deltafuse/config/profile";
import * as z from "@deltafuse/config/zod";
import { tableFromArrays } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { col } from "../src/expression.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { frameFromNative, nativeFrameOf } from "../src/native-frame.ts";
import { assertWritable, frameReplyMembers, frameReplySchema, nativeSession } from "../src/native-session.ts";
import { type NativeSource, type OpenedSource, openNativeSource } from "../src/native-source.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute("CREATE TABLE numbers AS SELECT value AS n FROM range(0, 3)");
});
afterAll(() => session.close());

/** Reads a source natively, as a writer does. */
async function rowsOf(input: OpenedSource, signal?: AbortSignal): Promise<unknown> {
  return input.read(async () => {
    const answer = await nativeSession(session).call({
      entrypoint: "session.applyOps",
      request: { source: { $handle: 0 }, ops: [], operands: [] },
      handles: [input.handle],
      reply: z.object(frameReplyMembers),
    });
    return frameFromNative(session, answer).rows({ values: "plain", ...(signal === undefined ? {} : { signal }) });
  });
}

async function* arrays(count: number, size: number): AsyncGenerator<readonly object[]> {
  for (let start = 0; start < count; start += size) {
    yield Array.from({ length: size }, (_, index) => ({ n: start + index }));
  }
}

describe("openNativeSource", () => {
  const expected = [{ n: 0 }, { n: 1 }, { n: 2 }];
  const sources: readonly (readonly [name: string, source: () => NativeSource, rereadable: boolean])[] = [
    ["a frame", () => session.sql("SELECT value AS n FROM range(0, 9)").filter(col("n").lt(3)), true],
    ["SQL", () => ({ sql: "SELECT value AS n FROM range(0, 9) WHERE value < $1", parameters: [3] }), true],
    ["a table by name", () => ({ table: "numbers" }), true],
    ["an apache-arrow Table", () => tableFromArrays({ n: Int32Array.of(0, 1, 2) }), true],
    ["an array of rows", () => ({ rows: expected }), true],
    ["an iterable of rows", () => ({ rows: new Set(expected) }), false],
    ["an async iterable of arrays", () => ({ rows: arrays(3, 1) }), false],
  ];

  it.each(sources)("reads %s", async (_name, source, rereadable) => {
    const input = await openNativeSource(session, source());
    expect(input.rereadable).toBe(rereadable);
    expect(input.fields.map(({ name }) => name)).toEqual(["n"]);
    expect(await rowsOf(input)).toEqual(expected);
  });

  it("takes declared columns for rows that come later", async () => {
    const schema = [{ name: "n", type: { type: "int16" }, nullable: true }] as const;
    const input = await openNativeSource(session, { rows: arrays(0, 1), schema });
    expect(input.fields).toEqual(schema);
    expect(await rowsOf(input)).toEqual([]);
  });

  it("writes no faster than the reader reads", async () => {
    let given = 0;
    async function* counted(): AsyncGenerator<readonly object[]> {
      for await (const chunk of arrays(4_096_000, 4096)) {
        given += 1;
        yield chunk;
      }
    }
    const input = await openNativeSource(session, { rows: counted() });
    await input.read(async () => {
      const answer = await nativeSession(session).call({
        entrypoint: "session.applyOps",
        request: { source: { $handle: 0 }, ops: [], operands: [] },
        handles: [input.handle],
        reply: frameReplySchema,
      });
      const stream = await frameFromNative(session, answer).stream();
      for await (const _batch of stream.columns()) break;
    });
    expect(given).toBeLessThan(100);
  });

  it("fails the reader when the rows fail, and keeps the cause", async () => {
    const cause = new Error("the tape is torn");
    async function* torn(): AsyncGenerator<readonly object[]> {
      yield [{ n: 1 }];
      throw cause;
    }
    const input = await openNativeSource(session, { rows: torn() });
    await expect(rowsOf(input)).rejects.toMatchObject({ code: "NATIVE.SOURCE_FAILED", cause });
    const misfit = await openNativeSource(session, {
      rows: new Set([{ n: 1 }]),
      schema: [{ name: "n", type: { type: "utf8" }, nullable: true }],
    });
    await expect(rowsOf(misfit)).rejects.toMatchObject({
      code: "NATIVE.SOURCE_FAILED",
      cause: { code: "ROWS.VALUE_INVALID" },
    });
  });

  it("stops taking rows when the reader fails", async () => {
    let returned = false;
    async function* endless(): AsyncGenerator<readonly object[]> {
      try {
        for (;;) yield [{ n: 1 }];
      } finally {
        returned = true;
      }
    }
    const before = (await runtimeStats()).handles["sink"];
    const failure = new Error("no space");
    const input = await openNativeSource(session, { rows: endless() });
    await expect(input.read(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(returned).toBe(true);
    expect((await runtimeStats()).handles["sink"]).toBe(before);
  });

  const stalled = new Promise<never>(() => undefined);
  /** What is asked of an iterable that stalls after the first chunks; `return` is one that stalls too. */
  function stallingRows(chunks: number, asked: string[]): AsyncIterable<readonly object[]> {
    let given = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          asked.push("next");
          given += 1;
          return given > chunks ? stalled : { done: false, value: [{ n: given }] };
        },
        return: async () => {
          asked.push("return");
          return stalled;
        },
      }),
    };
  }

  it.each([
    ["at once", 0],
    ["after its first rows", 1],
  ])("does not wait for rows that stall %s when the call is aborted", async (_when, chunks) => {
    const before = (await runtimeStats()).handles["sink"];
    const asked: string[] = [];
    const controller = new AbortController();
    const reason = new Error("enough");
    const source = { rows: stallingRows(chunks, asked) };
    const { signal } = controller;
    const reading = (async () => rowsOf(await openNativeSource(session, source, { signal }), signal))();
    while (asked.length <= chunks) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(asked).toEqual([...Array.from({ length: chunks + 1 }, () => "next"), "return"]);
    expect((await runtimeStats()).handles["sink"]).toBe(before);
    expect(await session.table("numbers").count()).toBe(3);
  });

  it("does not wait for rows that stall when the reader fails", async () => {
    const asked: string[] = [];
    const schema = [{ name: "n", type: { type: "int64" }, nullable: true }] as const;
    const input = await openNativeSource(session, { rows: stallingRows(0, asked), schema });
    const failure = new Error("no space");
    await expect(input.read(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(asked).toEqual(["next", "return"]);
  });

  it("takes nothing of a source once the call is aborted", async () => {
    const asked: string[] = [];
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(openNativeSource(session, { rows: stallingRows(1, asked) }, { signal })).rejects.toBe(signal.reason);
    expect(asked).toEqual([]);
  });

  it("lets rows clean up when nothing can be made of them", async () => {
    const asked: string[] = [];
    async function* odd(): AsyncGenerator<readonly object[]> {
      try {
        yield [{ n: Symbol("no value") }];
      } finally {
        asked.push("return");
      }
    }
    await expect(openNativeSource(session, { rows: odd() })).rejects.toMatchObject({ code: "ROWS.TYPE_UNSUPPORTED" });
    expect(asked).toEqual(["return"]);
  });

  it("refuses frames of another session", async () => {
    await using other = await openSession(parseProfile({ preset: "test" }));
    await expect(openNativeSource(session, other.sql("SELECT 1"))).rejects.toMatchObject({
      code: "FRAME.FOREIGN_SESSION",
    });
  });
});

describe("native frames", () => {
  it("are shared by all terminals of a frame", async () => {
    const frame = session.table("numbers");
    const native = await nativeFrameOf(frame);
    expect(native.fields).toEqual(await frame.schema());
    expect((await nativeFrameOf(frame)).handle).toBe(native.handle);
  });
});

describe("assertWritable", () => {
  it("refuses writers of a read-only session", async () => {
    await using readOnly = await openSession(parseProfile({ preset: "test", access: "read_only" }));
    expect(() => assertWritable(session, "writeDataset")).not.toThrow();
    expect(() => assertWritable(readOnly, "writeDataset")).toThrow(
      expect.objectContaining({ code: "SESSION.READ_ONLY", details: { operation: "writeDataset" } }),
    );
    await expect(readOnly.execute("CREATE VIEW v AS SELECT 1")).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "ddl", policy: "read_only" },
    });
  });
});
