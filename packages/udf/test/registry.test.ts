import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { describe, expect, it } from "vitest";
import { functions } from "../src/extension.ts";
import { registerFunction } from "../src/registry.ts";
import { defineScalar, type ScalarFunction } from "../src/scalar-function.ts";

function constant(name: string, value: number, version = "0"): ScalarFunction {
  return defineScalar({ name, args: {}, returns: "int64", version, call: () => value });
}

async function answer(session: Session, sql: string): Promise<unknown> {
  return (await session.sql(sql).first({ values: "plain" }))?.["n"];
}

const profile = parseProfile({ preset: "test" });

describe("registerFunction", () => {
  it("refuses a name that is taken, unless it replaces a function of TypeScript", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(profile, { hooks });
    await registerFunction(session, constant("one", 1));
    await expect(registerFunction(session, constant("one", 2))).rejects.toMatchObject({
      code: "UDF.ALREADY_EXISTS",
      details: { function: "one" },
    });
    expect(await answer(session, "SELECT one() AS n")).toBe(1);
    await registerFunction(session, constant("one", 2, "2"), { replace: true });
    expect(await answer(session, "SELECT one() AS n")).toBe(2);
    await registerFunction(session, constant("two", 2), { replace: true });
    for (const name of ["abs", "sum", "row_number"]) {
      await expect(registerFunction(session, constant(name, 1), { replace: true })).rejects.toMatchObject({
        code: "UDF.NAME_CONFLICT",
        details: { function: name },
      });
    }
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    const events = hooks.of("function.registered");
    expect(events).toMatchObject([
      { name: "one", kind: "scalar", origin: "typescript", version: "0", replaced: false, hash, sessionId: session.id },
      { name: "one", version: "2", replaced: true, hash },
      { name: "two", version: "0", replaced: false, hash },
    ]);
    expect(new Set(events.map((event) => event.hash)).size).toBe(3);
  });

  it("is seen in what the session is", async () => {
    await using session = await openSession(profile);
    const runtimes = [await session.runtime()];
    await registerFunction(session, constant("one", 1));
    runtimes.push(await session.runtime());
    await registerFunction(session, constant("one", 2, "2"), { replace: true });
    runtimes.push(await session.runtime());
    const [first = 0] = runtimes.map(({ functions: { count } }) => count);
    expect(runtimes.map(({ revision, functions: { count } }) => [revision, count - first])).toEqual([
      [0, 0],
      [1, 1],
      [2, 1],
    ]);
    expect(new Set(runtimes.map(({ functions: { hash } }) => hash)).size).toBe(3);
    expect(new Set(runtimes.map(({ sessionHash }) => sessionHash)).size).toBe(1);
  });

  it("leaves the old function to queries that run", async () => {
    await using session = await openSession(profile);
    const f = (factor: bigint): ScalarFunction =>
      defineScalar({ name: "factor", args: { n: "int64" }, returns: "int64", call: (n) => n * factor });
    await registerFunction(session, f(1n));
    await using stream = await session.sql("SELECT factor(value) - value AS n FROM range(0, 200000)").stream();
    const seen = new Set<unknown>();
    for await (const batch of stream.rowBatches<{ readonly n: bigint }>()) {
      for (const { n } of batch) seen.add(n);
      if (seen.size === 1) await registerFunction(session, f(2n), { replace: true });
    }
    expect([...seen]).toEqual([0n]);
    expect(await answer(session, "SELECT factor(4) AS n")).toBe(8);
  });

  it("is not undone by an abort that comes too late, and not done by one that comes before", async () => {
    await using session = await openSession(profile);
    const reason = new Error("no");
    const signal = AbortSignal.abort(reason);
    await expect(registerFunction(session, constant("one", 1), { signal })).rejects.toBe(reason);
    await expect(answer(session, "SELECT one() AS n")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });
});

describe("functions", () => {
  it("are there when the session is open, in order", async () => {
    const hooks = recordingHooks();
    const define = [constant("one", 1), constant("two", 2)];
    await using session = await openSession(profile, { hooks, extensions: [functions({ define })] });
    expect(await answer(session, "SELECT one() + two() AS n")).toBe(3);
    const names = hooks.names();
    expect(names.indexOf("function.registered")).toBeLessThan(names.indexOf("session.opened"));
    expect(hooks.of("function.registered").map(({ name }) => name)).toEqual(["one", "two"]);
    expect(hooks.of("session.step")).toMatchObject([
      { phase: "functions", step: "functions.typescript", status: "ok" },
    ]);
  });

  it("fail the opening of the session together with their error", async () => {
    const define = [constant("one", 1), constant("abs", 2)];
    await expect(openSession(profile, { extensions: [functions({ define })] })).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      details: { phase: "functions", step: "functions.typescript" },
      cause: { code: "UDF.NAME_CONFLICT" },
    });
  });

  it("enter the identity of the session by signature and version, not by code", async () => {
    const identity = async (...define: readonly ScalarFunction[]): Promise<string> => {
      const hooks = recordingHooks();
      await using _ = await openSession(profile, { hooks, extensions: [functions({ define })] });
      return hooks.of("session.opened")[0]?.identities.session ?? "";
    };
    const first = await identity(constant("one", 1));
    expect(await identity(constant("one", 2))).toBe(first);
    expect(await identity(constant("one", 1, "1"))).not.toBe(first);
    expect(await identity(constant("one", 1), constant("two", 2))).not.toBe(first);
  });
});

describe("a program with registered functions", () => {
  const run = promisify(execFile);
  const loader = new URL("../../../tools/typescript-loader.mjs", import.meta.url).href;
  const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;

  it("exits by itself, also with an open session", async () => {
    const source = `
      import { parseProfile } from "@deltafuse/config/profile";
      import { openSession } from "@deltafuse/session-core/session";
      import { functions } from "@deltafuse/udf/extension";
      import { defineScalar } from "@deltafuse/udf/scalar-function";
      const twice = defineScalar({ name: "twice", args: { n: "int64" }, returns: "int64", call: (n) => n * 2n });
      const session = await openSession(parseProfile({ preset: "test" }), { extensions: [functions({ define: [twice] })] });
      console.log(await session.sql("SELECT sum(twice(value)) AS n FROM range(0, 50000)").rows());`;
    const { stdout } = await run(
      process.execPath,
      [
        "--conditions=@deltafuse/source",
        `--import=data:text/javascript,${encodeURIComponent(register)}`,
        "--input-type=module",
        `--eval=${source}`,
      ],
      { timeout: 60_000, cwd: new URL("..", import.meta.url) },
    );
    expect(stdout.trim()).toBe("[ { n: 2499950000n } ]");
  });
});

describe("beforeFunction", () => {
  it("asks before a function is callable, and may refuse", async () => {
    const hooks = recordingHooks();
    const asked: unknown[] = [];
    hooks.intercept("beforeFunction", (input) => {
      asked.push(input);
      return input.name === "secret" ? veto("not in this session") : undefined;
    });
    await using session = await openSession(profile, { hooks });
    const define = (name: string): ScalarFunction =>
      defineScalar({
        name,
        args: { a: "utf8", b: "int64" },
        returns: "utf8",
        volatility: "immutable",
        call: (a) => String(a),
      });
    await registerFunction(session, define("mask"));
    await expect(registerFunction(session, define("secret"))).rejects.toMatchObject({ code: "HOOKS.VETOED" });
    expect(asked[0]).toEqual({
      action: "create",
      name: "mask",
      kind: "scalar",
      origin: "typescript",
      signature: "mask(a utf8, b int64) utf8",
      volatility: "immutable",
    });
    expect(hooks.of("function.registered").map(({ name }) => name)).toEqual(["mask"]);
    await expect(session.sql("SELECT secret('a', 1)").rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });
});
