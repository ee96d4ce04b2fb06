import { parseProfile } from "@deltafuse/config/profile";
import { type TracingHooks, tracingHooks } from "@deltafuse/hooks/testing-tracer";
import { expect, it } from "vitest";
import type { SessionExtension } from "../src/extension.ts";
import { openSession, type Session } from "../src/session.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
const slow = "SELECT count(*) AS c FROM range(0, 4000000000)";

async function opened(traced: TracingHooks): Promise<Session> {
  return openSession(profile, { hooks: traced.hooks });
}

/** The operations of queries. */
function queries(traced: TracingHooks) {
  return traced.operations().filter(({ kind }) => kind === "query");
}

it("tells the opening of a session, and its failure", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  const failing: SessionExtension = {
    id: "failing",
    version: 1,
    contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: 1 }] }),
    install: () => Promise.reject(new Error("no disk")),
  };
  await expect(openSession(profile, { hooks: traced.hooks, extensions: [failing] })).rejects.toMatchObject({
    code: "SESSION.INSTALL_FAILED",
  });
  expect(session.id).toBeDefined();
  expect(traced.operations()).toMatchObject([
    { name: "session open", kind: "session", parent: undefined, status: "ok" },
    { name: "session open", kind: "session", status: "failed", error: "SESSION.INSTALL_FAILED" },
  ]);
  expect(traced.operations()[0]?.attributes).toEqual({
    "db.system.name": "datafusion",
    "deltafuse.session.hash": expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it("tells a query: its statement, its ids and its end", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  await session.execute("CREATE TABLE orders AS SELECT 1 AS id, 'x' AS name");
  const before = queries(traced).length;
  await session.sql("SELECT id FROM orders WHERE name = 'secret'").rows();
  const [query, ...more] = queries(traced).slice(before);
  expect(more).toEqual([]);
  expect(query).toMatchObject({ name: "datafusion", parent: undefined, status: "ok" });
  expect(query?.attributes).toEqual({
    "db.system.name": "datafusion",
    "db.namespace": "datafusion|public",
    "db.operation.name": "SELECT",
    "db.collection.name": "orders",
    "db.query.summary": "SELECT orders",
    "db.query.text": "SELECT id FROM orders WHERE name = ?",
    "deltafuse.query.id": expect.any(String),
    "deltafuse.session.hash": expect.stringMatching(/^[0-9a-f]{64}$/),
    "deltafuse.plan.fingerprint": expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(query?.nativeSpans?.map(({ name }) => name)).toEqual(expect.arrayContaining(["physical", "execute"]));
  const [execution] = traced.hooks.telemetry.recorder.snapshot({ kinds: ["execution"] }).slice(-1);
  expect(execution?.body).toMatchObject({ status: "ok", nativeSpansDropped: 0 });
});

it("names no collection when there are several tables", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  await session.execute("CREATE TABLE a AS SELECT 1 AS id");
  await session.execute("CREATE TABLE b AS SELECT 1 AS id");
  await session.sql("SELECT a.id FROM a JOIN b ON a.id = b.id").rows();
  const attributes = queries(traced).at(-1)?.attributes ?? {};
  expect(attributes["db.query.summary"]).toBe("SELECT a b");
  expect(attributes).not.toHaveProperty("db.collection.name");
});

it("ends with the stream, not when it is made", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  const stream = await session.sql("SELECT * FROM range(0, 100000)").stream();
  expect(queries(traced)[0]).not.toHaveProperty("status");
  for await (const _batch of stream.columns()) break;
  expect(queries(traced)[0]?.status).toBe("ok");
});

it("ends when a stream is closed that nobody has read, also by the session", async () => {
  const traced = tracingHooks();
  const session = await opened(traced);
  await (await session.sql("SELECT 1").stream()).close();
  await session.sql("SELECT 2").stream();
  expect(queries(traced).map(({ status }) => status)).toEqual(["ok", undefined]);
  await session.close();
  expect(queries(traced).map(({ status }) => status)).toEqual(["ok", "ok"]);
});

it("tells failures by their code: of texts, of plans and of runs", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  for (const sql of ["SELEC 1", "SELECT * FROM nowhere", "SELECT CAST(column1 AS INT) FROM (VALUES ('x'))"]) {
    await session
      .sql(sql)
      .rows()
      .catch(() => undefined);
  }
  expect(queries(traced).map(({ status, error }) => ({ status, error }))).toEqual([
    { status: "failed", error: "SQL.PARSE_ERROR" },
    { status: "failed", error: "SQL.PLAN_ERROR" },
    { status: "failed", error: "ENGINE.CAST_FAILED" },
  ]);
});

it("keeps what was measured of a call that failed", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  await expect(session.sql("SELECT * FROM nowhere").rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  expect(queries(traced)[0]?.nativeSpans?.map(({ name }) => name)).toEqual(["parse", "analyze"]);
});

it("tells an abort as cancelled", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  const aborter = new AbortController();
  const rows = session.sql(slow, { signal: aborter.signal }).rows();
  setTimeout(() => aborter.abort(), 20);
  const thrown: unknown = await rows.catch((error: unknown) => error);
  expect(thrown).toBe(aborter.signal.reason);
  expect(queries(traced).map(({ status, error }) => ({ status, error }))).toEqual([
    { status: "cancelled", error: undefined },
  ]);
});

it("ends what is planned and not executed", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  const frame = session.sql("SELECT 1 AS one");
  await frame.schema();
  await frame.explain();
  await session.createView("ones", frame);
  expect(queries(traced).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

it("stands below the operation around, and gives its ids to events and records", async () => {
  const traced = tracingHooks();
  await using session = await opened(traced);
  const { telemetry } = traced.hooks;
  const around = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "00000000000000ff", sampled: true };
  await telemetry.scope.with({ trace: around }, () => session.sql("SELECT 1").rows());
  const [query] = queries(traced);
  expect(query?.parent).toBe(around.spanId);
  const records = telemetry.recorder.snapshot({ kinds: ["plan", "execution"] });
  expect(records.map(({ kind, traceId, spanId }) => ({ kind, traceId, spanId }))).toEqual(
    ["plan", "execution"].map((kind) => ({ kind, traceId: around.traceId, spanId: query?.spanId })),
  );
});
