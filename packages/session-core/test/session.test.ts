import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { settingRows } from "@deltafuse/config/settings";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { col } from "../src/expression.ts";
import { sessionError } from "../src/errors.ts";
import { type Contribution, defineSlot, type SessionExtension } from "../src/extension.ts";
import { nativeSession } from "../src/native-session.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

const machine = { cores: 2, memoryBytes: 2 ** 32 };

function open(profile: ProfileInput = {}, options: OpenSessionOptions = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...profile }), { machine, ...options });
}

function extension(
  id: string,
  steps: Contribution["steps"],
  install: NonNullable<SessionExtension["install"]>,
): SessionExtension {
  return { id, version: 1, contribute: () => ({ steps: steps ?? [] }), install };
}

async function setting(session: Session, key: string): Promise<unknown> {
  return (await session.settings()).entries.find((entry) => entry.key === key);
}

describe("openSession", () => {
  it("applies what every layer declares and says where it came from", async () => {
    await using session = await open({
      execution: { batchSize: 512 },
      settings: { "datafusion.optimizer.default_filter_selectivity": 30 },
    });
    expect(await setting(session, "datafusion.execution.batch_size")).toMatchObject({
      value: "512",
      source: "typed",
      path: "execution.batchSize",
      requested: "512",
    });
    expect(await setting(session, "datafusion.execution.target_partitions")).toMatchObject({
      value: "2",
      source: "preset",
    });
    expect(await setting(session, "datafusion.optimizer.default_filter_selectivity")).toMatchObject({
      value: "30",
      source: "override",
      path: "settings",
    });
    expect(await setting(session, "datafusion.sql_parser.recursion_limit")).toMatchObject({
      source: "engine",
      path: null,
      requested: null,
    });
    const { entries, revision } = await session.settings();
    expect(revision).toBe(0);
    expect(entries.map(({ key }) => key)).toEqual(settingRows().map(({ key }) => key));
  });

  it.each(["default", "dev", "large", "low_memory", "test"] as const)("applies preset %s", async (preset) => {
    const hooks = recordingHooks();
    await using session = await open({ preset }, { hooks });
    const [opened] = hooks.of("session.opened");
    expect(opened?.applied.entries.filter((entry) => !entry.applied)).toEqual([]);
    expect(session.resolved.preset).toBe(preset);
  });

  it("reports every setting the engine refuses at once", async () => {
    const settings = Object.fromEntries(["a", "b", "c"].map((name) => [`datafusion.execution.${name}`, "1"]));
    await using session = await open();
    const { callNative } = await import("../src/native-call.ts");
    const { loadNativeLibrary } = await import("../src/native-library.ts");
    const { z } = await import("zod");
    const { binding } = await loadNativeLibrary();
    const request = { settings: Object.entries(settings) };
    await expect(
      callNative({ binding }, { entrypoint: "createSession", request, reply: z.unknown() }),
    ).rejects.toMatchObject({
      code: "NATIVE.SETTINGS_REJECTED",
      details: { settings: Object.keys(settings).map((key) => ({ key, value: "1" })) },
    });
    expect(await session.sql("SELECT 1 AS one").rows({ values: "plain" })).toEqual([{ one: 1 }]);
  });

  it("emits opened, closing and closed, with identities that do not depend on hooks", async () => {
    const hooks = recordingHooks();
    const session = await open({}, { hooks });
    await using other = await open();
    await session.sql("SELECT 1").rows();
    await session.close();
    await session.close();
    const names = hooks.names().filter((name) => name.startsWith("session."));
    expect(names).toEqual(["session.opened", "session.closing", "session.closed"]);
    const [opened] = hooks.of("session.opened");
    const [closed] = hooks.of("session.closed");
    expect(opened?.sessionId).toBe(session.id);
    expect(closed).toMatchObject({ queries: 1, identities: opened?.identities });
    const artifact = await other.sql("SELECT 1").artifact();
    expect(artifact.sessionHash).toBe(opened?.identities.session);
    expect(opened?.engineVersions["datafusion"]).toMatch(/^55\.2\./);
  });

  it("stops when the signal is aborted already", async () => {
    const reason = new Error("enough");
    await expect(open({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("refuses use after close and frees the native session", async () => {
    const session = await open();
    const frame = session.sql("SELECT 1");
    const { handles } = await runtimeStats();
    await session.close();
    const closed = expect.objectContaining({ code: "SESSION.CLOSED", details: { sessionId: session.id } });
    await expect(frame.rows()).rejects.toEqual(closed);
    await expect(session.execute("SELECT 1")).rejects.toEqual(closed);
    await expect(session.settings()).rejects.toEqual(closed);
    await expect(session.createView("v", frame)).rejects.toEqual(closed);
    expect(() => session.sql("SELECT 1")).toThrow(closed);
    expect(() => session.table("t")).toThrow(closed);
    expect((await runtimeStats()).handles["session"]).toBe((handles["session"] ?? 0) - 1);
  });
});

describe("extensions", () => {
  it("run their steps in order over a working session and keep state in slots", async () => {
    const hooks = recordingHooks();
    const slot = defineSlot<string[]>("log");
    const log: string[] = [];
    const steps = [
      { id: "views.register", phase: "schemas", spec: 1 },
      { id: "tables.register", phase: "catalogs", spec: 1 },
    ] as const;
    const writer = extension("writer", steps, async (session, step) => {
      if (session.slot(slot) === undefined) session.setSlot(slot, log);
      session.slot(slot)?.push(step.id);
      if (step.id === "tables.register") await session.createView("base", session.sql("SELECT 7 AS n"));
      else await session.createView("views.v", session.table("base").filter(col("n").gt(5)));
    });
    await using session = await open({}, { hooks, extensions: [writer] });
    expect(session.slot(slot)).toEqual(["tables.register", "views.register"]);
    expect(await session.sql("SELECT n FROM views.v").rows({ values: "plain" })).toEqual([{ n: 7 }]);
    expect(hooks.of("session.step").map(({ phase, step, status }) => [phase, step, status])).toEqual([
      ["catalogs", "tables.register", "ok"],
      ["schemas", "views.register", "ok"],
    ]);
    expect(hooks.of("session.opened")[0]?.steps.length).toBe(2);
  });

  it("close everything when a critical step fails", async () => {
    const hooks = recordingHooks();
    const cause = new Error("no disk");
    const failing = extension("failing", [{ id: "tables.register", phase: "catalogs", spec: 1 }], () =>
      Promise.reject(cause),
    );
    const before = (await runtimeStats()).handles["session"];
    await expect(open({}, { hooks, extensions: [failing] })).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      details: { phase: "catalogs", step: "tables.register" },
      cause,
    });
    expect((await runtimeStats()).handles["session"]).toBe(before);
    expect(hooks.names()).toEqual(["session.step", "session.closing", "session.failed"]);
    expect(hooks.of("session.failed")[0]).toMatchObject({
      phase: "catalogs",
      step: "tables.register",
      error: { code: "SESSION.INSTALL_FAILED" },
      steps: [{ step: "tables.register", status: "failed", message: "no disk" }],
    });
  });

  it("warn when a step of observability fails", async () => {
    const hooks = recordingHooks();
    const failing = extension("failing", [{ id: "metrics.sample", phase: "observability", spec: 1 }], () =>
      Promise.reject(new Error("no metrics")),
    );
    await using session = await open({}, { hooks, extensions: [failing] });
    expect(session.warnings).toEqual([
      { code: "SESSION.INSTALL_FAILED", message: "Step metrics.sample failed: no metrics" },
    ]);
    expect(hooks.names()).toEqual(["session.step", "session.warning", "session.opened"]);
  });

  it("change the session hash by their identity only", async () => {
    const identified = (identity: number): SessionExtension => ({
      id: "delta",
      version: 1,
      contribute: () => ({ identity }),
    });
    const hashes = new Set<string>();
    for (const extensions of [[], [identified(1)], [identified(1)], [identified(2)]]) {
      await using session = await open({}, { extensions });
      hashes.add((await session.sql("SELECT 1").artifact()).sessionHash);
    }
    expect(hashes.size).toBe(3);
  });
});

describe("execute", () => {
  const admin: ProfileInput = { sql: { policy: "admin" } };

  function registrations(hooks: RecordingHooks): readonly unknown[] {
    return hooks
      .events()
      .flatMap((event) =>
        event.event === "table.registered" || event.event === "table.dropped"
          ? [[event.event, event.name, event.object, "replaced" in event ? event.replaced : null]]
          : [],
      );
  }

  it("gives the rows of a query as a table", async () => {
    await using session = await open();
    const { table, ...result } = await session.execute("SELECT 1 AS a UNION ALL SELECT 2");
    expect(table?.getChild("a")?.toArray().toSorted()).toEqual(BigInt64Array.of(1n, 2n));
    expect(result).toEqual({
      kind: "query",
      verb: "SELECT",
      rowsAffected: null,
      queryId: expect.any(String),
      durationMs: expect.any(Number),
    });
  });

  it("creates and drops views and tables and tells of it", async () => {
    const hooks = recordingHooks();
    await using session = await open(admin, { hooks });
    expect(await session.execute("CREATE VIEW v AS SELECT 1 AS a")).toMatchObject({ verb: "CREATE VIEW", table: null });
    await session.execute("CREATE OR REPLACE VIEW v AS SELECT 2 AS a");
    await session.execute("CREATE TABLE t AS SELECT a + 1 AS b FROM v");
    await session.execute("CREATE TABLE IF NOT EXISTS t AS SELECT 0 AS b");
    expect(await session.table("t").rows({ values: "plain" })).toEqual([{ b: 3 }]);
    await session.execute("DROP TABLE t");
    await session.execute("DROP TABLE IF EXISTS t");
    await session.execute("DROP VIEW v");
    expect(registrations(hooks)).toEqual([
      ["table.registered", "v", "view", false],
      ["table.registered", "v", "view", true],
      ["table.registered", "t", "table", false],
      ["table.dropped", "t", "table", null],
      ["table.dropped", "v", "view", null],
    ]);
  });

  it("lets SET change the settings, the revision and the session hash", async () => {
    await using session = await open(admin);
    const key = "datafusion.execution.batch_size";
    const before = await session.sql("SELECT 1").artifact();
    await session.execute(`SET ${key} = 77`);
    expect(await setting(session, key)).toMatchObject({ value: "77", source: "statement", requested: "1024" });
    expect((await session.settings()).revision).toBe(1);
    const after = await session.sql("SELECT 1").artifact();
    expect(after.sessionHash).not.toBe(before.sessionHash);
    expect(after.p1).toEqual(before.p1);
    await session.execute(`RESET ${key}`);
    expect(await setting(session, key)).toMatchObject({ value: "1024", source: "preset" });
  });

  it.each([
    ["UPDATE v SET a = 1", "UPDATE on a view", "the tables"],
    ["CREATE FUNCTION f(INT) RETURNS INT RETURN $1 + 1", "CREATE FUNCTION", "@deltafuse/udf/registry"],
    ["BEGIN", "BEGIN", "one statement"],
    ["COMMIT", "COMMIT", "one statement"],
  ])("refuses %s and names what to use", async (sql, statement, use) => {
    await using session = await open(admin);
    await session.execute("CREATE VIEW v AS SELECT 1 AS a");
    await expect(session.execute(sql)).rejects.toMatchObject({
      code: "SQL.STATEMENT_UNSUPPORTED",
      details: { statement, use: expect.stringContaining(use) },
    });
  });

  it.each([
    ["COPY (SELECT 1) TO '/tmp/never.parquet'", "COPY"],
    ["CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/tmp/never.parquet'", "CREATE EXTERNAL TABLE"],
  ])("says who performs %s", async (sql, statement) => {
    await using session = await open(admin);
    await expect(session.execute(sql)).rejects.toMatchObject({
      code: "SQL.EXTENSION_REQUIRED",
      details: { statement, extension: "datasets" },
    });
  });

  it("hands a claimed statement to the extension that brought its module, once", async () => {
    const claims: unknown[] = [];
    const files: SessionExtension = {
      id: "files",
      version: 1,
      contribute: () => ({ modules: [{ name: "datasets" }] }),
      run: async (_session, { statement, module, request, source }, { signal }) => {
        signal?.throwIfAborted();
        claims.push([statement.verb, module, request, await source?.rows({ values: "plain" })]);
        if (request["location"] === "/tmp/fails") throw sessionError("SQL.PLAN_ERROR", "no", { details: {} });
        return { rowsAffected: 2, counts: { count: 2 } };
      },
    };
    await using session = await open(admin, { extensions: [files] });
    const { table, ...result } = await session.execute("COPY (SELECT $n AS n) TO '/tmp/never' STORED AS CSV", {
      parameters: { n: 7 },
    });
    expect(result).toMatchObject({ kind: "copy", verb: "COPY", rowsAffected: 2 });
    expect(table?.toArray().map(String)).toEqual(['{"count": 2}']);
    const request = { command: "copy", location: "/tmp/never", format: "csv", partitionBy: [], options: {} };
    expect(claims).toEqual([["COPY", "datasets", request, [{ n: 7 }]]]);
    await expect(session.execute("COPY (SELECT 1) TO '/tmp/fails'", { label: "job" })).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      details: { label: "job", stage: "execute" },
    });
    const reason = new Error("enough");
    const aborted = { signal: AbortSignal.abort(reason) };
    await expect(session.execute("COPY (SELECT 1) TO '/tmp/never'", aborted)).rejects.toBe(reason);
    await expect(session.execute("COPY (SELECT 1) TO '/tmp/never'", { policy: "read_only" })).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
    });
    expect(claims.length).toBe(2);
  });
});

describe("nativeSession", () => {
  it("gives packages above the handle and the calls", async () => {
    await using session = await open();
    const native = nativeSession(session);
    expect(native.sessionId).toBe(session.id);
    const { z } = await import("zod");
    const reply = await native.call({
      entrypoint: "schemaCodec",
      request: { fields: [{ name: "a", type: { type: "int64" }, nullable: true }] },
      reply: z.looseObject({ schemaHash: z.string() }),
    });
    expect(reply.body.schemaHash).toMatch(/^[0-9a-f]{64}$/);
  });
});
