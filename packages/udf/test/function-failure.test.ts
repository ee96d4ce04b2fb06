import { parseProfile } from "@deltafuse/config/profile";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { nativeSession } from "@deltafuse/session-core/native-session";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { udfErrorCodes } from "../src/errors.ts";
import { registerFunction } from "../src/registry.ts";
import { defineScalar } from "../src/scalar-function.ts";

const hooks = recordingHooks();
let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }), { hooks });
});

afterAll(() => session.close());

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause: unknown;
}

async function failure(sql: string): Promise<Failure> {
  try {
    await session.sql(sql).rows();
  } catch (error) {
    if (!isDeltaFuseError(error)) throw error;
    const { code, message, details, cause } = error;
    return { code, message, details, cause };
  }
  throw new Error("the query did not fail");
}

let count = 0;

/** Registers a function with what it does, by rows or by columns; gives its name. */
async function register(
  body: { readonly call: () => unknown } | { readonly callColumns: () => unknown },
  returns = "int64",
): Promise<string> {
  count += 1;
  const name = `fails${count}`;
  await registerFunction(
    session,
    defineScalar({ name, args: { n: "int64" }, returns, ...(body as { call: () => unknown }) }),
  );
  return name;
}

function call(run: (n: bigint) => unknown): { readonly call: () => unknown } {
  return { call: run as () => unknown };
}

describe("a function that fails", () => {
  it("names function, batch and row; its error is the cause", async () => {
    const thrown = new RangeError("seven is too much");
    const name = await register(
      call((n) => {
        if (n === 7n) throw thrown;
        return n;
      }),
    );
    const error = await failure(`SELECT ${name}(value) FROM range(0, 10)`);
    expect(error.code).toBe("UDF.CALLBACK_FAILED");
    expect(error.details).toMatchObject({
      function: name,
      kind: "scalar",
      batch: 0,
      row: 7,
      rows: 10,
      argumentTypes: ["int64"],
      callId: expect.any(Number) as unknown,
      queryId: expect.any(String) as unknown,
    });
    expect(error.message).toBe(
      `The function ${name} failed in batch 0, row 7: RangeError: seven is too much. ` +
        "Correct the function, or keep such values from it. The cause is what it threw.",
    );
    expect(error.cause).toBe(thrown);
  });

  it.each(["text", 42, null, { not: "an error" }])("may throw anything: %j", async (thrown) => {
    const name = await register(
      call(() => {
        // oxlint-disable-next-line typescript/only-throw-error -- what a program may do
        throw thrown;
      }),
    );
    const error = await failure(`SELECT ${name}(value) FROM range(0, 10)`);
    expect(error.code).toBe("UDF.CALLBACK_FAILED");
    if (thrown !== null) expect(error.cause).toBe(thrown);
  });

  it("may be one of columns; then the row is not known", async () => {
    const thrown = new Error("all of it");
    const name = await register({
      callColumns: () => {
        throw thrown;
      },
    });
    const error = await failure(`SELECT ${name}(value) FROM range(0, 10)`);
    expect(error).toMatchObject({ code: "UDF.CALLBACK_FAILED", details: { batch: 0, rows: 10 } });
    expect(error.details).not.toHaveProperty("row");
    expect(error.cause).toBe(thrown);
  });

  it("says which batch it was, and which row of it", async () => {
    const execution = { batchSize: 1000, targetPartitions: 1 };
    await using own = await openSession(parseProfile({ preset: "test", execution }));
    const thrown = new Error("late");
    const f = defineScalar({
      name: "late",
      args: { n: "int64" },
      returns: "int64",
      call: (n) => {
        if (n === 20_345n) throw thrown;
        return n;
      },
    });
    await registerFunction(own, f);
    await expect(own.sql("SELECT max(late(value)) AS m FROM range(0, 30000)").rows()).rejects.toMatchObject({
      code: "UDF.CALLBACK_FAILED",
      details: { batch: 20, row: 345, rows: 1000 },
      cause: thrown,
    });
  });

  it.each([
    ["too few rows", [1, 2], 3, 2],
    ["too many rows", [1, 2, 3, 4], 3, 4],
    ["a typed array that is too short", BigInt64Array.of(1n), 3, 1],
    ["a typed array with validity that is too long", { values: new BigInt64Array(4), validity: null }, 3, 4],
  ])("returns %s", async (_, result, expected, given) => {
    const name = await register({ callColumns: () => result });
    expect(await failure(`SELECT ${name}(value) FROM range(0, 3)`)).toMatchObject({
      code: "UDF.RESULT_LENGTH",
      message:
        `The function ${name} failed in batch 0: it returned ${given} values where ${expected} are wanted. ` +
        "Return one value per row; a constant argument has one row for all.",
      details: { function: name, expected, given, rows: 3, batch: 0 },
    });
  });

  it.each([
    ["int64", "seven", 'the text "seven"'],
    ["int64", 1.5, "1.5"],
    ["int64", 2n ** 63n, "9223372036854775808n"],
    ["int8", 128, "128"],
    ["utf8", 7n, "7n"],
    ["bool", 1, "1"],
    ["date32", "2024-01-01", 'the text "2024-01-01"'],
    ["list<int64>", [1, "x"], 'the text "x"'],
    ["struct<a: int64>", [1], "an array of 1"],
  ])("returns no %s: %s", async (returns, value, actual) => {
    const name = await register(
      call((n) => (n === 2n ? value : null)),
      returns,
    );
    const error = await failure(`SELECT ${name}(value) FROM range(0, 5)`);
    expect(error).toMatchObject({ code: "UDF.RESULT_TYPE", details: { function: name, row: 2, actual } });
    expect(error.message).toContain(`failed in batch 0, row 2: it returned ${actual}, which does not fit`);
    expect(error.cause).toMatchObject({ code: "ROWS.VALUE_INVALID" });
  });

  it.each([
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 3, "a number"],
    ["an object", { a: 1 }, "an object"],
    ["values that are no array", { values: [1, 2, 3] }, "an object"],
    ["a view of bytes", new DataView(new ArrayBuffer(24)), "an object"],
  ])("returns %s instead of a column", async (_, result, actual) => {
    const name = await register({ callColumns: () => result });
    expect(await failure(`SELECT ${name}(value) FROM range(0, 3)`)).toMatchObject({
      code: "UDF.RESULT_TYPE",
      details: { type: "int64", actual },
    });
  });

  it.each([
    ["another typed array", Float64Array.of(1, 2, 3)],
    ["too few bits", { values: BigInt64Array.of(1n, 2n, 3n), validity: new Uint8Array() }],
  ])("returns %s", async (_, result) => {
    const name = await register({ callColumns: () => result });
    expect(await failure(`SELECT ${name}(value) FROM range(0, 3)`)).toMatchObject({ code: "UDF.RESULT_TYPE" });
  });

  it.each([
    ["by rows", call(async (n) => Promise.resolve(n)), 0],
    ["that rejects", call(async () => Promise.reject(new Error("later"))), 0],
    ["in one row", call((n) => (n === 3n ? Promise.resolve(n) : n)), 3],
    ["by columns", { callColumns: async () => Promise.resolve([]) }, undefined],
  ])("returns a promise %s", async (_, body, row) => {
    const name = await register(body);
    const error = await failure(`SELECT ${name}(value) FROM range(0, 5)`);
    expect(error.code).toBe("UDF.UNEXPECTED_PROMISE");
    expect(error.details["row"]).toBe(row);
  });

  it("takes too long", async () => {
    const f = defineScalar({
      name: "slow",
      args: { n: "int64" },
      returns: "int64",
      timeoutMs: 20,
      call: (n) => {
        const until = performance.now() + 300;
        while (performance.now() < until);
        return n;
      },
    });
    await registerFunction(session, f);
    expect(await failure("SELECT slow(value) FROM range(0, 1)")).toMatchObject({
      code: "UDF.TIMEOUT",
      details: { function: "slow" },
    });
  });

  it("fails in a filter, a join, an aggregate and a sort alike", async () => {
    const thrown = new Error("anywhere");
    const name = await register(
      call(() => {
        throw thrown;
      }),
    );
    for (const sql of [
      `SELECT value FROM range(0, 5) WHERE ${name}(value) > 1`,
      `SELECT 1 FROM range(0, 5) AS a JOIN range(0, 5) AS b ON ${name}(a.value) = b.value`,
      `SELECT sum(${name}(value)) FROM range(0, 5)`,
      `SELECT value FROM range(0, 5) ORDER BY ${name}(value)`,
    ]) {
      const error = await failure(sql);
      expect({ sql, code: error.code, cause: error.cause }).toEqual({
        sql,
        code: "UDF.CALLBACK_FAILED",
        cause: thrown,
      });
    }
  });

  it("fails while it is folded", async () => {
    const thrown = new Error("folded");
    count += 1;
    const f = defineScalar({
      name: `fails${count}`,
      args: { n: "int64" },
      returns: "int64",
      volatility: "immutable",
      call: () => {
        throw thrown;
      },
    });
    await registerFunction(session, f);
    expect(await failure(`SELECT ${f.name}(1)`)).toMatchObject({ code: "UDF.CALLBACK_FAILED", cause: thrown });
  });

  it("fails each of many concurrent queries with its own error", async () => {
    const name = await register(
      call((n) => {
        throw new Error(`at ${n}`);
      }),
    );
    const errors = await Promise.all(
      Array.from({ length: 40 }, (_, index) => failure(`SELECT ${name}(value) FROM range(${index}, ${index + 1})`)),
    );
    expect(errors.map(({ cause }) => cause instanceof Error && cause.message)).toEqual(
      Array.from({ length: 40 }, (_, index) => `at ${index}`),
    );
  });

  it("leaves the session working, and is told of", async () => {
    const before = hooks.of("function.failed").length;
    const name = await register(
      call(() => {
        throw new Error("once");
      }),
    );
    await failure(`SELECT ${name}(value) FROM range(0, 1)`);
    await failure(`SELECT ${name}(value) FROM range(0, 1)`);
    expect(hooks.of("function.failed").slice(before)).toMatchObject([
      {
        name,
        kind: "scalar",
        calls: 1,
        error: { code: "UDF.CALLBACK_FAILED", details: { function: name, batch: 0, row: 0 } },
      },
      { name, calls: 2, error: { details: { batch: 1 } } },
    ]);
    expect(await session.sql("SELECT 1 AS a").rows({ values: "plain" })).toEqual([{ a: 1 }]);
  });
});

describe("ends of queries", () => {
  it("by an abort before, during and after", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let calls = 0;
    const name = await register(
      call((n) => {
        calls += 1;
        if (calls === 100) controller.abort(reason);
        return n;
      }),
    );
    const frame = session.sql(`SELECT max(${name}(value)) AS m FROM range(0, 100000000)`);
    await expect(frame.rows({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls).toBe(0);
    await expect(frame.rows({ signal: controller.signal })).rejects.toBe(reason);
    const short = session.sql(`SELECT max(${name}(value)) AS m FROM range(0, 5)`);
    expect(await short.rows({ signal: new AbortController().signal, values: "plain" })).toEqual([{ m: 4 }]);
  });

  it("by the close of the session while a function runs", async () => {
    const own = await openSession(parseProfile({ preset: "test" }));
    let closing: Promise<void> | undefined;
    const f = defineScalar({
      name: "closer",
      args: { n: "int64" },
      returns: "int64",
      call: (n) => {
        closing ??= own.close();
        return n;
      },
    });
    await registerFunction(own, f);
    const query = own.sql("SELECT max(closer(value)) AS m FROM range(0, 100000000)").rows();
    await expect(query).rejects.toMatchObject({ code: "SESSION.CLOSED" });
    await closing;
    await expect(registerFunction(own, f)).rejects.toMatchObject({ code: "SESSION.CLOSED" });
  });

  it("keeps at most 64 errors that nobody asked for", () => {
    const { callbackErrors } = nativeSession(session);
    for (let id = -1; id >= -100; id -= 1) callbackErrors.keep(id, id);
    expect(callbackErrors.take(-36)).toBeUndefined();
    expect(callbackErrors.take(-37)).toBe(-37);
    expect(callbackErrors.take(-37)).toBeUndefined();
    expect(callbackErrors.take(-100)).toBe(-100);
  });
});

describe("codes", () => {
  it("of the native extension are known here", async () => {
    const { loadNativeContract } = await import("./native-contract.ts");
    const raised = (await loadNativeContract()).errorCodes.filter((code) => code.startsWith("UDF."));
    expect(raised.length).toBeGreaterThan(0);
    expect(raised.filter((code) => !(udfErrorCodes as readonly string[]).includes(code))).toEqual([]);
  });
});
