import { sqlPolicyPresets } from "@deltafuse/config/sql-policy";
import { describe, expect, it } from "vitest";
import type { HookEmitter } from "../src/emitter.ts";
import { createHooks } from "../src/hooks.ts";
import {
  type ExecutionQuestion,
  type Interception,
  type SqlQuestion,
  type WriteQuestion,
  pointNames,
  pointTable,
  veto,
} from "../src/interceptors.ts";
import { recordingHooks } from "../src/testing.ts";
import { sqlQuestion as sql } from "./sample-questions.ts";

const write: WriteQuestion = {
  operation: "WRITE",
  target: "flights",
  uri: "file:///data/flights",
  format: "delta",
  mode: "append",
  plan: {},
  commitMetadata: {},
  options: { targetBytes: 5 },
};
const execution: ExecutionQuestion = {
  statementKind: "query",
  summary: "SELECT flights",
  fingerprint: null,
  tables: [],
  functions: [],
  partitions: 1,
  estimates: { rows: null, bytes: null },
  limits: { maxRows: 10, maxBytes: null, deadlineMs: null },
};

function answering(answer: unknown): HookEmitter {
  const hooks = createHooks();
  hooks.intercept("beforeSql", () => answer as Interception<"beforeSql">, { name: "one" });
  return hooks;
}

function refused(code: string, details: object): unknown {
  return expect.objectContaining({ code, details: expect.objectContaining(details) });
}

describe("pointTable", () => {
  it("has the points in the order of their names", () => {
    expect(Object.keys(pointTable)).toEqual(pointNames);
  });
});

describe("ask", () => {
  it("gives the question back when nobody is asked, and asks only those of the point", async () => {
    const hooks = createHooks();
    hooks.intercept("beforeWrite", () => veto("no"));
    expect(hooks.asks("beforeSql")).toBe(false);
    expect(await hooks.ask("beforeSql", sql)).toBe(sql);
  });

  it("asks parents first, then by order, then as they were added, one at a time", async () => {
    const hooks = createHooks();
    const child = hooks.child({});
    const calls: string[] = [];
    const named = (name: string) => async (): Promise<undefined> => {
      calls.push(`${name} begins`);
      await new Promise(setImmediate);
      calls.push(`${name} ends`);
    };
    child.intercept("beforeSql", named("child -5"), { order: -5 });
    hooks.intercept("beforeSql", named("parent 1"), { order: 1 });
    hooks.intercept("beforeSql", named("parent 0 first"));
    hooks.intercept("beforeSql", named("parent 0 second"));
    child.intercept("beforeSql", named("child -6"), { order: -6 });
    await child.ask("beforeSql", sql);
    const order = ["parent 0 first", "parent 0 second", "parent 1", "child -6", "child -5"];
    expect(calls).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it("gives each what those before it have replaced, frozen at every depth", async () => {
    const hooks = createHooks();
    const seen: SqlQuestion[] = [];
    const born = new Date(0);
    hooks.intercept("beforeSql", () => ({ replace: { sql: "SELECT $born", parameters: { born } } }));
    hooks.intercept("beforeSql", (input) => {
      seen.push(input);
      return undefined;
    });
    hooks.intercept("beforeSql", () => ({ replace: { label: "nightly", tags: { team: "orders" } } }));
    const output = await hooks.ask("beforeSql", sql);
    expect(seen).toEqual([{ ...sql, sql: "SELECT $born", parameters: { born } }]);
    expect(output).toEqual({ ...seen[0], label: "nightly", tags: { team: "orders" } });
    expect([output, output.policy, output.policy.functions.deny, output.tags].every(Object.isFrozen)).toBe(true);
    expect(Object.isFrozen(sqlPolicyPresets.write.functions.deny)).toBe(false);
  });

  const refusals: readonly { readonly answer: unknown; readonly member: string }[] = [
    { answer: { replace: { source: "execute" } }, member: "source" },
    { answer: { replace: { toString: 1 } }, member: "toString" },
    { answer: { replace: { sql: 1 } }, member: "sql" },
    { answer: { replace: { parameters: "a" } }, member: "parameters" },
    { answer: { replace: { label: "" } }, member: "label" },
    { answer: { replace: { tags: { a: 1 } } }, member: "tags" },
    { answer: { replace: { policy: "admin" } }, member: "policy" },
    { answer: { replace: { policy: { ...sqlPolicyPresets.write, ddl: 1 } } }, member: "policy" },
    { answer: { replace: { policy: sqlPolicyPresets.admin } }, member: "policy" },
    { answer: { replace: 1 }, member: "replace" },
    { answer: { sql: "SELECT 2" }, member: "replace" },
    { answer: true, member: "replace" },
    { answer: null, member: "replace" },
  ];
  it.each(refusals)("refuses $answer", async ({ answer, member }) => {
    await expect(answering(answer).ask("beforeSql", sql)).rejects.toEqual(
      refused("HOOKS.INVALID_REPLACEMENT", { point: "beforeSql", interceptor: "one", member }),
    );
  });

  it("takes a policy that allows less", async () => {
    const policy = { ...sql.policy, dml: false, functions: { allow: ["abs"], deny: ["now"] } };
    const output = await answering({ replace: { policy } }).ask("beforeSql", sql);
    expect(output.policy).toEqual(policy);
  });

  it.each([
    { limits: { maxRows: 11 }, reason: "maxRows is above 10" },
    { limits: { maxRows: null }, reason: "maxRows is not a whole number" },
    { limits: { maxBytes: 0.5 }, reason: "maxBytes is not a whole number" },
    { limits: { maxFiles: 1 } as object, reason: "there is no limit maxFiles" },
  ])("refuses limits that are not lower: $reason", async ({ limits, reason }) => {
    const hooks = createHooks();
    hooks.intercept("beforeExecute", () => ({ replace: { limits } }), { name: "bounds" });
    await expect(hooks.ask("beforeExecute", execution)).rejects.toEqual(
      refused("HOOKS.INVALID_REPLACEMENT", { interceptor: "bounds", member: "limits", reason }),
    );
  });

  it("lowers limits, and none where rows do not reach the program", async () => {
    const hooks = createHooks();
    hooks.intercept("beforeExecute", () => ({ replace: { limits: { maxBytes: 5 } } }));
    hooks.intercept("beforeExecute", () => ({ replace: { limits: { maxRows: 10, deadlineMs: 7 } } }));
    const { limits } = await hooks.ask("beforeExecute", execution);
    expect(limits).toEqual({ maxRows: 10, maxBytes: 5, deadlineMs: 7 });
    await expect(hooks.ask("beforeExecute", { ...execution, limits: null })).rejects.toEqual(
      refused("HOOKS.INVALID_REPLACEMENT", { member: "limits" }),
    );
  });

  it("replaces the metadata of a commit only where there is one", async () => {
    const hooks = createHooks();
    hooks.intercept("beforeWrite", ({ commitMetadata }) => ({
      replace: { commitMetadata: { ...commitMetadata, a: 1 } },
    }));
    expect(await hooks.ask("beforeWrite", write)).toEqual({ ...write, commitMetadata: { a: 1 } });
    await expect(hooks.ask("beforeWrite", { ...write, commitMetadata: null })).rejects.toEqual(
      refused("HOOKS.INVALID_REPLACEMENT", { member: "commitMetadata" }),
    );
  });

  it("tells of a veto and asks nobody after it", async () => {
    const hooks = recordingHooks();
    hooks.intercept("beforeWrite", async () => veto("not there", { allowed: "/out" }), { name: "paths" });
    hooks.intercept("beforeWrite", () => expect.unreachable());
    const at = { point: "beforeWrite", interceptor: "paths", reason: "not there" };
    await expect(hooks.ask("beforeWrite", write)).rejects.toEqual(
      refused("HOOKS.VETOED", { ...at, details: { allowed: "/out" } }),
    );
    expect(hooks.of("interceptor.vetoed")).toEqual([expect.objectContaining({ ...at, target: "flights" })]);
    expect(hooks.stats()).toMatchObject({ vetoes: 1 });
  });

  it("fails with what an interceptor throws or rejects with as cause", async () => {
    const cause = new Error("out of order");
    for (const fail of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const hooks = createHooks();
      hooks.intercept("beforeSql", fail, { name: "one" });
      const error: unknown = await hooks.ask("beforeSql", sql).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "HOOKS.INTERCEPTOR_FAILED",
        details: { point: "beforeSql", interceptor: "one" },
        cause,
      });
    }
  });

  it("fails when an answer is late, and tells the interceptor", async () => {
    const hooks = createHooks();
    const aborted = new Promise<unknown>((resolve) => {
      const wait = (_input: unknown, { signal }: { readonly signal: AbortSignal }): Promise<never> =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            resolve(signal.reason);
            reject(new Error("too late"));
          });
        });
      hooks.intercept("beforeSql", wait, { name: "slow", timeoutMs: 5 });
    });
    const late = refused("HOOKS.INTERCEPTOR_TIMEOUT", { interceptor: "slow", timeoutMs: 5 });
    await expect(hooks.ask("beforeSql", sql)).rejects.toEqual(late);
    expect(await aborted).toEqual(late);
  });

  it("gives the reason of an abort, before and while it is asked", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const hooks = createHooks();
    let calls = 0;
    hooks.intercept("beforeSql", () => {
      calls += 1;
      controller.abort(reason);
      return veto("no");
    });
    await expect(hooks.ask("beforeSql", sql, { signal: controller.signal })).rejects.toBe(reason);
    await expect(hooks.ask("beforeSql", sql, { signal: controller.signal })).rejects.toBe(reason);
    expect([calls, hooks.stats().vetoes]).toEqual([1, 0]);
  });

  it("does not ask a point inside itself, but others", async () => {
    const hooks = createHooks();
    const asked: string[] = [];
    hooks.intercept("beforeSql", async (input) => {
      asked.push("sql");
      expect(hooks.asks("beforeSql")).toBe(false);
      await hooks.ask("beforeSql", input);
      await hooks.ask("beforeWrite", write);
      return undefined;
    });
    hooks.intercept("beforeWrite", async () => {
      asked.push("write");
      await hooks.ask("beforeSql", sql);
      return undefined;
    });
    await hooks.ask("beforeSql", sql);
    await hooks.ask("beforeWrite", write);
    expect(asked).toEqual(["sql", "write", "write", "sql"]);
  });

  it("nests four deep", async () => {
    const hooks = createHooks();
    hooks.intercept("beforeSql", async () => {
      await hooks.ask("beforeExecute", execution);
      return undefined;
    });
    hooks.intercept("beforeExecute", async () => {
      await hooks.ask("beforeWrite", write);
      return undefined;
    });
    const table = {
      action: "register",
      object: "table",
      name: "t",
      provider: null,
      location: null,
      options: {},
      overwrite: false,
    } as const;
    hooks.intercept("beforeWrite", async () => {
      await hooks.ask("beforeRegister", table);
      return undefined;
    });
    const f = { action: "create", name: "f", kind: "scalar", origin: "typescript" } as const;
    const mask = { ...f, signature: "f() utf8", volatility: "immutable" } as const;
    hooks.intercept("beforeRegister", async () => {
      await hooks.ask("beforeFunction", mask);
      return undefined;
    });
    hooks.intercept("beforeFunction", () => expect.unreachable());
    let error: unknown = await hooks.ask("beforeSql", sql).catch((thrown: unknown) => thrown);
    while (error instanceof Error && error.cause !== undefined) error = error.cause;
    expect(error).toEqual(refused("HOOKS.REENTRANCY_LIMIT", { limit: 4, point: "beforeFunction" }));
  });
});

describe("intercept", () => {
  it("refuses what is no point, a name twice, and hooks that are disposed", () => {
    const hooks = createHooks();
    hooks.intercept("beforeSql", () => undefined, { name: "one" });
    expect(() => hooks.intercept("beforeSql", () => undefined, { name: "one" })).toThrow(
      expect.objectContaining({ code: "HOOKS.DUPLICATE_NAME", details: { name: "one" } }),
    );
    hooks.on("*", () => undefined, { name: "one" });
    expect(() => hooks.intercept("beforeLunch" as "beforeSql", () => undefined)).toThrow(
      expect.objectContaining({ code: "HOOKS.UNKNOWN_POINT", details: { point: "beforeLunch" } }),
    );
    hooks[Symbol.dispose]();
    expect(() => hooks.intercept("beforeSql", () => undefined)).toThrow(
      expect.objectContaining({ code: "HOOKS.CLOSED" }),
    );
  });

  it("ends by unsubscribe, by the signal and with its object; the rules of a parent stay", async () => {
    const hooks = createHooks();
    const child = hooks.child({});
    const controller = new AbortController();
    const subscription = child.intercept("beforeSql", () => veto("unsubscribed"));
    child.intercept("beforeSql", () => veto("aborted"), { signal: controller.signal });
    child.intercept("beforeSql", () => veto("disposed"));
    const reason = async (): Promise<unknown> => {
      const error: unknown = await child.ask("beforeSql", sql).catch((thrown: unknown) => thrown);
      return error instanceof Error && "details" in error ? error.details : error;
    };
    expect(await reason()).toMatchObject({ reason: "unsubscribed" });
    subscription.unsubscribe();
    expect(await reason()).toMatchObject({ reason: "aborted" });
    controller.abort();
    expect(await reason()).toMatchObject({ reason: "disposed" });
    child[Symbol.dispose]();
    expect(await reason()).toBe(sql);
    hooks.intercept("beforeSql", () => veto("stays"));
    expect(await reason()).toMatchObject({ reason: "stays" });
  });
});
