import { parseProfile } from "@deltafuse/config/profile";
import { narrowSqlPolicy, parseSqlPolicy } from "@deltafuse/config/sql-policy";
import { veto } from "@deltafuse/hooks/interceptors";
import { withLabel } from "@deltafuse/hooks/label";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNativeSource } from "../src/native-source.ts";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }), { hooks });
});
afterEach(() => session.close());

const one = "SELECT 1 AS n";

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

/** Names of the events of statements and vetoes since a call. */
async function eventsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = hooks.events().length;
  await work();
  return hooks.names().slice(before);
}

describe("beforeSql", () => {
  it("asks once per text, with what the caller gave", async () => {
    const asked = hooks.asked("beforeSql");
    const label = { name: "nightly", tags: { team: "orders" } };
    const frame = session.sql("SELECT $n AS n", { parameters: { n: 1 }, policy: "read_only", label });
    expect(await frame.rows()).toEqual([{ n: 1n }]);
    expect(await frame.count()).toBe(1);
    await session.execute(one);
    expect(asked).toEqual([
      {
        sql: "SELECT $n AS n",
        source: "sql",
        parameters: { n: 1 },
        policy: narrowSqlPolicy(session.resolved.sqlPolicy, parseSqlPolicy("read_only")),
        label: "nightly",
        tags: { team: "orders" },
      },
      { sql: one, source: "execute", parameters: null, policy: session.resolved.sqlPolicy, label: null, tags: {} },
    ]);
  });

  it("asks for the query of a write too", async () => {
    hooks.intercept("beforeSql", () => veto("no SQL today"));
    await expect(openNativeSource(session, { sql: one })).rejects.toEqual(code("HOOKS.VETOED"));
  });

  it("replaces text, parameters, label and tags", async () => {
    hooks.intercept("beforeSql", ({ sql }) => ({
      replace: { sql: `SELECT * FROM (${sql}) WHERE n < $1`, parameters: [2], label: "small", tags: { by: "rule" } },
    }));
    expect(await session.sql("SELECT value AS n FROM range(9)", { label: "all" }).rows()).toEqual([
      { n: 0n },
      { n: 1n },
    ]);
    const [received] = hooks.of("sql.received");
    expect(received).toMatchObject({ sql: "SELECT value AS n FROM range(9)", label: "all", tags: {} });
    const [finished] = hooks.of("query.finished");
    expect(finished).toMatchObject({ label: "small", tags: { by: "rule" }, queryId: received?.queryId });
    expect(hooks.of("plan.compiled")[0]?.sql).toContain("WHERE n < $1");
  });

  it("checks a replaced statement like a given one", async () => {
    let sql = "SELEC 1";
    hooks.intercept("beforeSql", () => ({ replace: { sql } }));
    await expect(session.sql(one).rows()).rejects.toEqual(code("SQL.PARSE_ERROR"));
    sql = "CREATE VIEW v AS SELECT 1";
    await expect(session.execute(one, { policy: "write" })).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "ddl" }),
    );
    await expect(session.sql(one).rows()).rejects.toEqual(code("SQL.NOT_A_QUERY"));
    sql = "SELECT $1";
    await expect(session.sql(one).rows()).rejects.toEqual(code("SQL.PARAMETER_MISSING"));
    expect(hooks.of("sql.rejected").map((event) => event.sql)).toEqual([
      "SELEC 1",
      "CREATE VIEW v AS SELECT 1",
      "CREATE VIEW v AS SELECT 1",
      "SELECT $1",
    ]);
  });

  it("narrows the policy and never widens it", async () => {
    const narrow = hooks.intercept("beforeSql", ({ policy }) => ({
      replace: { policy: { ...policy, functions: { ...policy.functions, deny: ["abs"] } } },
    }));
    await expect(session.sql("SELECT abs(-1)").rows()).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "function", object: "abs" }),
    );
    narrow.unsubscribe();
    hooks.intercept("beforeSql", ({ policy }) => ({ replace: { policy: { ...policy, ddl: true } } }));
    await expect(session.execute("CREATE VIEW v AS SELECT 1", { policy: "read_only" })).rejects.toEqual(
      code("HOOKS.INVALID_REPLACEMENT", { member: "policy" }),
    );
  });

  it("refuses with one end, and plans nothing", async () => {
    hooks.intercept("beforeSql", () => veto("no SQL today", { until: "tomorrow" }), { name: "rest" });
    const refused = code("HOOKS.VETOED", {
      interceptor: "rest",
      reason: "no SQL today",
      details: { until: "tomorrow" },
    });
    const fired = await eventsOf(() => expect(session.sql(one, { label: "l" }).rows()).rejects.toEqual(refused));
    expect(fired).toEqual(["sql.received", "interceptor.vetoed", "sql.rejected"]);
    expect(hooks.queryEvents(hooks.events().at(-1)?.queryId ?? "")).toHaveLength(3);
  });

  it("fails closed when an interceptor throws or is late", async () => {
    const cause = new Error("out of order");
    const broken = hooks.intercept("beforeSql", () => Promise.reject(cause));
    const fired = await eventsOf(() =>
      expect(session.sql(one).rows()).rejects.toMatchObject({ code: "HOOKS.INTERCEPTOR_FAILED", cause }),
    );
    expect(fired).toEqual(["sql.received", "sql.rejected"]);
    broken.unsubscribe();
    hooks.intercept("beforeSql", () => new Promise(() => undefined), { timeoutMs: 5 });
    await expect(session.sql(one).rows()).rejects.toEqual(code("HOOKS.INTERCEPTOR_TIMEOUT"));
  });

  it("gives way to an abort", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    hooks.intercept("beforeSql", () => {
      controller.abort(reason);
      return new Promise(() => undefined);
    });
    const fired = await eventsOf(() =>
      expect(session.sql(one).rows({ signal: controller.signal })).rejects.toBe(reason),
    );
    expect(fired).toEqual(["sql.received", "query.cancelled"]);
  });

  it("may use the session without being asked again", async () => {
    let asked = 0;
    hooks.intercept("beforeSql", async ({ sql }) => {
      asked += 1;
      const [row] = await session.sql(one).rows<{ readonly n: bigint }>();
      return { replace: { sql: sql.replace("?", String(row?.n)) } };
    });
    const executions = hooks.asked("beforeExecute");
    expect(await session.sql("SELECT ? AS m").rows()).toEqual([{ m: 1n }]);
    expect([asked, executions.length]).toEqual([1, 2]);
  });

  it("lets a listener of a session only see that session, and a rule of the parent hold in both", async () => {
    await using other = await openSession(parseProfile({ preset: "test" }), { hooks });
    session.hooks.intercept("beforeSql", () => veto("not here"));
    expect(await other.sql(one).rows()).toEqual([{ n: 1n }]);
    await expect(session.sql(one).rows()).rejects.toEqual(code("HOOKS.VETOED"));
    hooks.intercept("beforeSql", () => veto("nowhere"));
    await expect(other.sql(one).rows()).rejects.toEqual(code("HOOKS.VETOED", { reason: "nowhere" }));
  });
});

describe("beforeExecute", () => {
  it("asks about plans, with their tables and functions", async () => {
    await session.createView("v", session.fromRows([{ n: 1 }]));
    const asked = hooks.asked("beforeExecute");
    expect(await session.sql("SELECT abs(n) AS a FROM v").rows()).toEqual([{ a: 1n }]);
    await session.table("v").collect({ maxRows: 7 });
    const [compiled] = hooks.of("plan.compiled").slice(-2);
    expect(asked[0]).toEqual({
      statementKind: "query",
      summary: "SELECT v",
      fingerprint: compiled?.fingerprint,
      tables: compiled?.tables,
      functions: [{ name: "abs", kind: "scalar", volatility: "immutable" }],
      partitions: compiled?.partitions,
      estimates: compiled?.estimates,
      limits: {
        maxRows: session.resolved.limits.collectRows,
        maxBytes: session.resolved.limits.collectBytes,
        deadlineMs: null,
      },
    });
    expect(asked[1]?.limits).toMatchObject({ maxRows: 7 });
  });

  it("is not asked about a frame that is only planned", async () => {
    const asked = hooks.asked("beforeExecute");
    await session.sql(one).schema();
    await session.sql(one).explain();
    await session.createView("v", session.sql(one));
    expect(asked).toEqual([]);
  });

  it("asks about what stays in the engine: sources of writes, EXPLAIN ANALYZE", async () => {
    const asked = hooks.asked("beforeExecute");
    await openNativeSource(session, { sql: "SELECT abs(value) AS n FROM range(3)" });
    await session.sql(one).explain({ analyze: true });
    expect(asked).toEqual([
      expect.objectContaining({
        functions: [expect.objectContaining({ name: "abs" })],
        limits: null,
        partitions: null,
      }),
      expect.objectContaining({ summary: "SELECT", limits: null }),
    ]);
  });

  it("lowers what a program may take, however it takes it", async () => {
    hooks.intercept("beforeExecute", () => ({ replace: { limits: { maxRows: 2 } } }));
    const frame = session.sql("SELECT value AS n FROM range(9)");
    const tooLarge = code("QUERY.RESULT_TOO_LARGE", { limit: 2, unit: "rows" });
    await expect(frame.rows()).rejects.toEqual(tooLarge);
    await expect(frame.collect()).rejects.toEqual(tooLarge);
    expect(await frame.rows({ onLimit: "truncate" })).toEqual([{ n: 0n }, { n: 1n }]);
    const stream = await frame.stream();
    await expect(stream.columns()[Symbol.asyncIterator]().next()).rejects.toEqual(tooLarge);
    await expect((await frame.stream()).forEachRow(() => undefined)).rejects.toEqual(tooLarge);
    await expect(session.execute("SELECT value FROM range(9)")).rejects.toEqual(tooLarge);
    expect(await frame.limit(2).rows()).toHaveLength(2);
    expect(hooks.of("query.failed")).toHaveLength(5);
  });

  it("refuses a limit above the one in force", async () => {
    hooks.intercept("beforeExecute", () => ({ replace: { limits: { maxRows: 10 } } }));
    await expect(session.sql(one).rows({ maxRows: 9 })).rejects.toEqual(
      code("HOOKS.INVALID_REPLACEMENT", { member: "limits" }),
    );
  });

  it("stops a query at its deadline", async () => {
    hooks.intercept("beforeExecute", () => ({ replace: { limits: { deadlineMs: 50 } } }));
    const endless = "SELECT a.value FROM range(10000000) a JOIN range(10000000) b ON a.value + b.value = -1";
    await expect(session.sql(endless).rows()).rejects.toMatchObject({ name: "TimeoutError" });
    expect(hooks.of("query.cancelled")).toEqual([expect.objectContaining({ reason: "timeout" })]);
  });

  it("refuses with one end, for SQL, frames and sources of writes", async () => {
    hooks.intercept("beforeExecute", () => veto("closed"));
    const refused = code("HOOKS.VETOED");
    const frame = await eventsOf(() => expect(session.fromRows([{ n: 1 }]).rows()).rejects.toEqual(refused));
    expect(frame).toEqual(["plan.compiled", "interceptor.vetoed", "query.failed"]);
    const text = await eventsOf(() => expect(session.sql(one).rows()).rejects.toEqual(refused));
    expect(text).toEqual(["sql.received", "cache.miss", "plan.compiled", "interceptor.vetoed", "query.failed"]);
    const source = await eventsOf(() => expect(openNativeSource(session, { sql: one })).rejects.toEqual(refused));
    expect(source).toEqual(["sql.received", "cache.hit", "interceptor.vetoed", "query.failed"]);
  });
});

describe("beforeRegister", () => {
  it("asks about views and tables, made by functions and by SQL", async () => {
    const asked = hooks.asked("beforeRegister");
    await session.createView("v", session.sql(one));
    await session.execute("CREATE OR REPLACE VIEW v AS SELECT 2 AS n");
    await session.execute("CREATE TABLE t AS SELECT 1 AS n");
    const none = { action: "register", location: null, options: null };
    expect(asked).toEqual([
      { object: "view", name: "v", provider: "view", overwrite: false, ...none },
      { object: "view", name: "v", provider: "view", overwrite: true, ...none },
      { object: "table", name: "t", provider: "memory", overwrite: false, ...none },
    ]);
  });

  it("asks about what is dropped, by functions and by SQL", async () => {
    await session.createView("v", session.sql(one));
    await session.execute("CREATE TABLE t AS SELECT 1 AS n");
    await session.execute("CREATE SCHEMA s");
    const asked = hooks.asked("beforeRegister");
    await session.drop("view", "v");
    await session.execute("DROP TABLE t");
    await session.execute("DROP VIEW IF EXISTS v");
    await session.drop("schema", "s", { ifExists: true });
    const none = { action: "drop", provider: null, location: null, options: null, overwrite: false };
    expect(asked).toEqual([
      { object: "view", name: "v", ...none },
      { object: "table", name: "t", ...none },
      { object: "view", name: "v", ...none },
      { object: "schema", name: "s", ...none },
    ]);
  });

  it("refuses a drop, and what was to go stays", async () => {
    await session.execute("CREATE TABLE t AS SELECT 1 AS n");
    await session.execute("CREATE SCHEMA s");
    hooks.intercept("beforeRegister", ({ action, name }) => (action === "drop" ? veto(`${name} stays`) : undefined));
    const refused = code("HOOKS.VETOED");
    const dropped = await eventsOf(() => expect(session.drop("table", "t")).rejects.toEqual(refused));
    expect(dropped).toEqual(["interceptor.vetoed"]);
    const stated = await eventsOf(() => expect(session.execute("DROP TABLE t")).rejects.toEqual(refused));
    expect(stated).toEqual(["sql.received", "interceptor.vetoed", "sql.rejected"]);
    await expect(session.drop("schema", "s", { ifExists: true })).rejects.toEqual(refused);
    expect(await session.table("t").rows()).toEqual([{ n: 1n }]);
    await session.execute("CREATE TABLE s.t AS SELECT 1 AS n");
  });

  it("refuses before anything is made", async () => {
    hooks.intercept("beforeRegister", ({ name }) => veto(`${name} is not yours`));
    const refused = code("HOOKS.VETOED");
    const made = await eventsOf(() => expect(session.createView("v", session.sql(one))).rejects.toEqual(refused));
    expect(made).toEqual(["interceptor.vetoed"]);
    const stated = await eventsOf(() => expect(session.execute("CREATE VIEW v AS SELECT 1")).rejects.toEqual(refused));
    expect(stated).toEqual(["sql.received", "interceptor.vetoed", "sql.rejected"]);
    await expect(session.table("v").rows()).rejects.toEqual(code("SQL.PLAN_ERROR"));
  });

  it("lets nothing be replaced where there are no options", async () => {
    hooks.intercept("beforeRegister", () => ({ replace: { options: {} } }));
    await expect(session.createView("v", session.sql(one))).rejects.toEqual(
      code("HOOKS.INVALID_REPLACEMENT", { member: "options" }),
    );
  });
});

describe("a listener that runs SQL", () => {
  it("sees its events after the current one, and the query it listened to is as it was", async () => {
    const inner: Promise<unknown>[] = [];
    hooks.on("query.started", () => void inner.push(session.sql("SELECT 2 AS n").rows()), { once: true });
    expect(await session.sql(one).rows()).toEqual([{ n: 1n }]);
    expect(await Promise.all(inner)).toEqual([[{ n: 2n }]]);
    const events = hooks.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const ends = hooks.of("query.finished").map(({ queryId }) => queryId);
    expect(new Set(ends).size).toBe(2);
    for (const queryId of ends) {
      const names = hooks.queryEvents(queryId ?? "").map(({ event }) => event);
      expect(names).toEqual(["sql.received", "cache.miss", "plan.compiled", "query.started", "query.finished"]);
    }
  });
});

describe("withLabel", () => {
  it("labels what runs inside, below the label of a call, and a query keeps what it began with", async () => {
    const stream = await withLabel(session.hooks, { name: "outer", tags: { a: "1", b: "1" } }, async () => {
      await session.sql(one, { label: { name: "inner", tags: { b: "2" } } }).rows();
      return session.sql(one).stream();
    });
    await withLabel(session.hooks, { name: "other", tags: { c: "3" } }, () => stream.forEachRow(() => undefined));
    expect(hooks.of("query.finished").map(({ label, tags }) => ({ label, tags }))).toEqual([
      { label: "inner", tags: { a: "1", b: "2" } },
      { label: "outer", tags: { a: "1", b: "1" } },
    ]);
    await session.sql(one).rows();
    expect(hooks.events().at(-1)).not.toHaveProperty("label");
  });
});
