import { describe, expect, expectTypeOf, it } from "vitest";
import { chainInterceptors, chainListeners } from "../src/chain.ts";
import type { HookEvent } from "../src/events.ts";
import { createHooks } from "../src/hooks.ts";
import { type ExecutionQuestion, type Interceptor, veto } from "../src/interceptors.ts";
import { recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";
import { sqlQuestion as sql } from "./sample-questions.ts";

describe("chainListeners", () => {
  it("gives undefined for none and the one for one", () => {
    const one = (): void => undefined;
    expect(chainListeners()).toBeUndefined();
    expect(chainListeners(undefined, undefined)).toBeUndefined();
    expect(chainListeners(undefined, one, undefined)).toBe(one);
  });

  it("calls all in order with the same event and throws their failures together", () => {
    const hooks = recordingHooks();
    const seen: unknown[] = [];
    const fail = (text: string) => (event: HookEvent<"session.warning">) => {
      seen.push(event);
      throw new Error(text);
    };
    const chained = chainListeners(fail("one"), (event) => void seen.push(event), fail("two"));
    hooks.on("session.warning", chained);
    hooks.emit("session.warning", samplePayloads["session.warning"]);
    expect(seen).toEqual(Array.from({ length: 3 }, () => hooks.of("session.warning")[0]));
    expect(hooks.of("listener.failed").map(({ error }) => error.message)).toEqual([
      "The listener listener-2 failed at session.warning: 2 of the chained listeners failed: one; two",
    ]);
  });

  it("waits for promises and rejects with all failures", async () => {
    const failures = [new Error("thrown"), new Error("rejected")];
    let settled = false;
    const chained = chainListeners<(n: number) => void | Promise<void>>(
      () => {
        throw failures[0];
      },
      () => Promise.reject(failures[1]),
      async () => {
        await new Promise(setImmediate);
        settled = true;
      },
    );
    const error: unknown = await Promise.resolve(chained(1)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ errors: failures });
    expect(settled).toBe(true);
  });

  it("keeps the type of the argument", () => {
    const listener = (event: HookEvent<"query.finished">): void => void event.rows;
    expectTypeOf(chainListeners(listener, listener)).toEqualTypeOf<typeof listener>();
    expectTypeOf(chainListeners(listener, undefined)).toEqualTypeOf<typeof listener | undefined>();
  });
});

describe("chainInterceptors", () => {
  it("gives undefined for none and the one for one", () => {
    const one: Interceptor<"beforeSql"> = () => undefined;
    expect(chainInterceptors()).toBeUndefined();
    expect(chainInterceptors(undefined, one)).toBe(one);
    expectTypeOf(chainInterceptors(one, one)).toEqualTypeOf<Interceptor<"beforeSql">>();
    expectTypeOf(chainInterceptors(one, undefined)).toEqualTypeOf<Interceptor<"beforeSql"> | undefined>();
  });

  it("feeds each with what those before it have replaced, and answers once", async () => {
    const hooks = createHooks();
    const chained = chainInterceptors<"beforeSql">(
      ({ sql: text }) => ({ replace: { sql: `${text} + 1`, label: "a" } }),
      () => undefined,
      async ({ sql: text, label }) => ({ replace: { sql: `${text} + 2`, tags: { was: String(label) } } }),
    );
    hooks.intercept("beforeSql", chained);
    const output = await hooks.ask("beforeSql", sql);
    expect(output).toEqual({ ...sql, sql: "SELECT 1 + 1 + 2", label: "a", tags: { was: "a" } });
  });

  it("merges limits one by one, and what is above those in force is refused", async () => {
    const limits = { maxRows: 10, maxBytes: null, deadlineMs: null };
    const question: ExecutionQuestion = {
      statementKind: "query",
      summary: null,
      fingerprint: null,
      tables: [],
      functions: [],
      partitions: 1,
      estimates: { rows: null, bytes: null },
      limits,
    };
    const hooks = createHooks();
    const seen: unknown[] = [];
    const lower = hooks.intercept(
      "beforeExecute",
      chainInterceptors<"beforeExecute">(
        () => ({ replace: { limits: { maxRows: 5 } } }),
        (input) => {
          seen.push(input.limits);
          return { replace: { limits: { maxBytes: 6 } } };
        },
      ),
    );
    expect((await hooks.ask("beforeExecute", question)).limits).toEqual({ maxRows: 5, maxBytes: 6, deadlineMs: null });
    expect(seen).toEqual([{ ...limits, maxRows: 5 }]);
    lower.unsubscribe();
    const raise: Interceptor<"beforeExecute"> = () => ({ replace: { limits: { maxRows: 11 } } });
    hooks.intercept(
      "beforeExecute",
      chainInterceptors<"beforeExecute">(() => undefined, raise),
    );
    await expect(hooks.ask("beforeExecute", question)).rejects.toMatchObject({ code: "HOOKS.INVALID_REPLACEMENT" });
  });

  it.each([
    { end: () => veto("no"), code: "HOOKS.VETOED" },
    {
      end: () => {
        throw new Error("no");
      },
      code: "HOOKS.INTERCEPTOR_FAILED",
    },
  ])("ends at $code", async ({ end, code }) => {
    const hooks = createHooks();
    hooks.intercept(
      "beforeSql",
      chainInterceptors<"beforeSql">(
        () => undefined,
        end,
        () => expect.unreachable(),
      ),
    );
    await expect(hooks.ask("beforeSql", sql)).rejects.toMatchObject({ code });
  });
});
