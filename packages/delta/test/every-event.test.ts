import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { eventNames, eventTable } from "@deltafuse/hooks/events";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordsOf } from "@deltafuse/hooks/record-events";
import { assertPayload } from "@deltafuse/hooks/testing";
import { contract } from "@deltafuse/schema/contract";
import { int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import { validateFrame } from "@deltafuse/schema/validate";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { registerFunction } from "@deltafuse/udf/registry";
import { functions } from "@deltafuse/udf/extension";
import { defineScalar } from "@deltafuse/udf/scalar-function";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable } from "../src/create.ts";
import { deleteRows } from "../src/delete.ts";
import { delta } from "../src/extension.ts";
import { upsertRows } from "../src/merge.ts";
import { writeTable } from "../src/write.ts";
import { observedScenes, type Scene } from "./observed-scenes.ts";
import { kindsBy, recordingAll } from "./record-kinds.ts";

const hooks = recordingAll();
// Plans that are kept have a scene of their own.
const profile = parseProfile({ preset: "test", sql: { policy: "admin" }, limits: { planCacheEntries: 0 } });
let root = "";
let session: Session;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "deltafuse-"));
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const path = (name: string): string => join(root, name);

const twice = defineScalar({ name: "twice", args: { n: "int64" }, returns: "int64", call: (n) => n * 2n });
const fussy = defineScalar({
  name: "fussy",
  args: { n: "int64" },
  returns: "int64",
  call: (n) => {
    if (n === 5n) throw new Error("five is too much");
    return n;
  },
});

/** An extension whose only step fails. */
const failing = (id: string, phase: "observability" | "adapters"): SessionExtension => ({
  id,
  version: 1,
  contribute: () => ({ steps: [{ id: `${id}.start`, phase, spec: {} }] }),
  install: () => Promise.reject(new Error("it is broken")),
});

const wrongName = { name: "wrong", type: { type: "utf8" }, nullable: true } as const;
const numbers = (count: number): { readonly rows: readonly object[] } => {
  return { rows: Array.from({ length: count }, (_, n) => ({ n, name: `number ${n}` })) };
};

function code(expected: string): unknown {
  return expect.objectContaining({ code: expected });
}

const opening: readonly Scene[] = [
  {
    title: "a session that cannot be opened",
    play: () =>
      expect(openSession(profile, { hooks, extensions: [failing("adapter", "adapters")] })).rejects.toEqual(
        code("SESSION.INSTALL_FAILED"),
      ),
    fires: ["session.step", "session.closing", "session.failed"],
  },
  {
    title: "a session that opens with a warning",
    play: async () => {
      const extensions = [functions({ define: [twice] }), delta(), failing("trail", "observability")];
      session = await openSession(profile, { hooks, extensions });
    },
    fires: ["session.step", "function.registered", "session.step", "session.step", "session.warning", "session.opened"],
  },
];

const planned = ["sql.received", "plan.compiled"];
const ended = [...planned, "query.started", "query.finished"];
const diagnostics = { capture: { explain: true }, slowQuery: 0, batchSample: 1 };
const slow = "SELECT a.value FROM range(10000000) a JOIN range(10000000) b ON a.value + b.value = -1";

const queries: readonly Scene[] = [
  {
    title: "a query that ends",
    play: async () =>
      expect(await session.sql("SELECT twice(value) AS n FROM range(3)").rows()).toEqual([
        { n: 0n },
        { n: 2n },
        { n: 4n },
      ]),
    fires: ended,
  },
  {
    title: "a query that is told of in detail",
    play: () => session.sql("SELECT value FROM range(3)", { diagnostics }).rows(),
    fires: [...planned, "plan.explained", "query.started", "query.batch", "query.finished", "query.slow"],
  },
  {
    title: "a plan that SQL has no words for",
    play: async () => {
      const frame = session.fromRows([{ n: 1 }]).repartition({ roundRobin: 2 });
      expect((await frame.artifact({ sql: true })).warnings).toHaveLength(1);
    },
    fires: ["plan.capture_failed"],
  },
  {
    title: "a query without rows",
    play: async () => expect(await session.sql("SELECT value FROM range(3) WHERE value > 9").rows()).toEqual([]),
    fires: ended,
  },
  {
    title: "a statement",
    play: () => session.execute("SET datafusion.execution.batch_size = 4096"),
    fires: [...ended, "setting.changed"],
  },
  {
    title: "a frame without SQL",
    play: async () => expect(await session.fromRows([{ n: 1 }]).count()).toBe(1),
    fires: ["plan.compiled", "query.started", "query.finished"],
  },
  {
    title: "a frame that is never executed",
    play: async () => expect((await session.sql("SELECT 1 AS one").schema()).map(({ name }) => name)).toEqual(["one"]),
    fires: ["sql.received"],
  },
  {
    title: "a text that is no SQL",
    play: () => expect(session.sql("SELEC 1").rows()).rejects.toEqual(code("SQL.PARSE_ERROR")),
    fires: ["sql.received", "sql.rejected"],
  },
  {
    title: "a statement that the policy forbids",
    play: () =>
      expect(session.execute("DROP TABLE t", { policy: "read_only" })).rejects.toEqual(code("SQL.POLICY_VIOLATION")),
    fires: ["sql.received", "sql.rejected"],
  },
  {
    title: "a statement that an interceptor refuses",
    play: async () => {
      using _rule = hooks.intercept("beforeSql", () => veto("not today"));
      await expect(session.sql("SELECT 1").rows()).rejects.toEqual(code("HOOKS.VETOED"));
    },
    fires: ["sql.received", "interceptor.vetoed", "sql.rejected"],
  },
  {
    title: "a query that cannot be planned",
    play: () => expect(session.sql("SELECT missing FROM range(3)").rows()).rejects.toEqual(code("SQL.PLAN_ERROR")),
    fires: ["sql.received", "plan.failed"],
  },
  {
    title: "a query that fails while it runs",
    play: () =>
      expect(session.sql("SELECT 1 / (value - 2) FROM range(3)").rows()).rejects.toEqual(code("ENGINE.EXECUTION")),
    fires: [...planned, "query.started", "query.failed"],
  },
  {
    title: "a query that is aborted before it starts",
    play: async () => {
      const controller = new AbortController();
      const stream = await session.sql("SELECT value FROM range(3)").stream({ signal: controller.signal });
      controller.abort();
      await expect(stream.columns()[Symbol.asyncIterator]().next()).rejects.toBe(controller.signal.reason);
    },
    fires: [...planned, "query.cancelled"],
  },
  {
    title: "a query that is aborted while it runs",
    play: async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      hooks.on("query.started", () => controller.abort(reason), { once: true });
      await expect(session.sql(slow).rows({ signal: controller.signal })).rejects.toBe(reason);
      expect(hooks.of("query.cancelled").at(-1)).toMatchObject({ reason: "abort", rows: 0 });
    },
    fires: [...planned, "query.started", "query.cancelled"],
  },
  {
    title: "a query whose rows are not all taken",
    play: async () => {
      const stream = await session.sql("SELECT value FROM range(1000000)").stream();
      for await (const batch of stream.columns()) {
        expect(batch.rows).toBeGreaterThan(0);
        break;
      }
      expect(hooks.events().at(-1)).toMatchObject({ event: "query.finished", earlyClose: true });
    },
    fires: ended,
  },
];

const catalog: readonly Scene[] = [
  {
    title: "metrics that are read",
    play: async () => {
      const { queries: counts, memory } = await session.metrics();
      expect(counts).toMatchObject({ running: 0, failed: 1, cancelled: 1 });
      expect(hooks.of("runtime.sampled").at(-1)).toMatchObject({ memoryLimitBytes: memory.limitBytes });
    },
    fires: ["runtime.sampled", "cache.sampled"],
  },
  {
    title: "a view that comes and goes",
    play: async () => {
      await session.createView("v", session.sql("SELECT 1 AS one"));
      await session.drop("view", "v");
    },
    fires: ["sql.received", "table.registered", "table.dropped"],
  },
  {
    title: "a table that comes and goes in SQL",
    play: async () => {
      await session.execute("CREATE TABLE t AS SELECT value AS n FROM range(3)");
      await session.execute("DROP TABLE t");
    },
    fires: [...ended, "table.registered", ...ended, "table.dropped"],
  },
  {
    title: "files that become a table",
    play: async () => {
      await writeDataset(session, { source: numbers(3), target: path("numbers.parquet") });
      await registerDataset(session, "numbers", path("numbers.parquet"));
    },
    fires: ["write.started", "write.committed", "dataset.readiness", "table.registered"],
  },
  {
    title: "files that are not there",
    play: () => expect(registerDataset(session, "lost", path("lost.parquet"))).rejects.toEqual(code("IO.NOT_READY")),
    fires: ["dataset.readiness"],
  },
  {
    title: "files that do not fit their contract",
    play: () =>
      expect(
        registerDataset(session, "odd", { uri: path("numbers.parquet"), contract: contract("odd", { id: utf8() }) }),
      ).rejects.toEqual(code("SCHEMA.CONTRACT_VIOLATION")),
    fires: ["dataset.readiness", "schema.violation"],
  },
  {
    title: "rows that do not fit their spec",
    play: async () => {
      const spec = table("few", { n: int64().notNull() }, { key: ["n"] });
      const { valid } = await validateFrame(session.fromRows([{ n: 1 }, { n: 1 }]), spec, { mode: "report" });
      expect(valid).toBe(false);
    },
    fires: ["plan.compiled", "query.started", "query.finished", "schema.violation"],
  },
  {
    title: "a write that fails",
    play: () =>
      expect(
        writeDataset(session, { source: { sql: "SELECT 1 / (value - 2) AS n FROM range(3)" }, target: path("no/") }),
      ).rejects.toEqual(code("ENGINE.EXECUTION")),
    fires: ["write.started", "sql.received", "write.failed"],
  },
  {
    title: "a function that fails",
    play: async () => {
      await registerFunction(session, fussy);
      await expect(session.sql("SELECT fussy(value) FROM range(9)").rows()).rejects.toEqual(
        code("UDF.CALLBACK_FAILED"),
      );
    },
    fires: ["function.registered", ...planned, "query.started", "function.failed", "query.failed"],
  },
];

const location = (): { readonly location: string } => ({ location: path("table") });

const tables: readonly Scene[] = [
  {
    title: "a Delta table that is made",
    play: () => createTable(session, location(), { schema: [{ name: "n", type: { type: "int64" }, nullable: true }] }),
    fires: ["delta.committed"],
  },
  {
    title: "rows that are appended",
    play: () => writeTable(session, location(), { source: { rows: [{ n: 1 }, { n: 2 }] }, mode: "append" }),
    fires: ["write.started", "write.committed", "delta.committed"],
  },
  {
    title: "rows that are not written because the table is there",
    play: () => writeTable(session, location(), { source: { rows: [{ n: 1 }] }, mode: "ignore" }),
    fires: ["write.started", "write.skipped", "delta.committed"],
  },
  {
    title: "rows that do not fit the table",
    play: () =>
      expect(
        writeTable(session, location(), { source: { rows: [], schema: [wrongName] }, mode: "append" }),
      ).rejects.toEqual(code("DELTA.SCHEMA_MISMATCH")),
    fires: ["write.started", "write.failed", "delta.committed"],
  },
  {
    title: "rows that are merged and rows that are deleted",
    play: async () => {
      await upsertRows(session, location(), { source: { rows: [{ n: 2 }, { n: 3 }] }, keys: ["n"] });
      await deleteRows(session, location(), { where: "n = 1" });
    },
    fires: ["delta.committed", "delta.committed"],
  },
  {
    title: "a race that is lost",
    play: () =>
      expect(
        writeTable(session, location(), { source: { rows: [{ n: 4 }] }, mode: "append", expectedVersion: 0 }),
      ).rejects.toEqual(code("DELTA.VERSION_MISMATCH")),
    fires: ["write.started", "write.failed", "delta.conflict", "delta.committed"],
  },
];

const ending: readonly Scene[] = [
  {
    title: "an event of the application, at which a listener fails",
    play: async () => {
      hooks.on("app.event", () => Promise.reject(new Error("out of order")), { once: true });
      session.hooks.publish("lunch", { minutes: 30 });
      await hooks.settled();
    },
    fires: ["app.event", "listener.failed"],
  },
  {
    title: "a session that is closed while a query runs",
    play: async () => {
      const stream = await session.sql("SELECT value FROM range(100000000)").stream();
      const columns = stream.columns()[Symbol.asyncIterator]();
      await columns.next();
      await session.close();
      await expect(columns.next()).rejects.toEqual(code("SESSION.CLOSED"));
    },
    fires: [...planned, "query.started", "session.closing", "query.cancelled", "session.closed"],
  },
];

const observed = observedScenes(hooks, () => session.sql("SELECT 1 AS one").rows());
const scenes = [...opening, ...queries, ...catalog, ...tables, ...observed, ...ending];

describe("every event", () => {
  it.each(scenes)("of $title", async ({ play, fires }) => {
    const before = hooks.events().length;
    await play();
    expect(hooks.names().slice(before)).toEqual(fires);
  });

  it("has fired", () => {
    expect([...new Set(hooks.names())].toSorted()).toEqual(eventNames.toSorted());
  });

  it("has the members that the table names, and its place", () => {
    for (const event of hooks.events()) assertPayload(event.event, event);
    expect(hooks.events().map(({ seq }) => seq)).toEqual(hooks.events().map((_, index) => index + 1));
    expect(hooks.stats()).toEqual({ emitted: hooks.events().length, listenerFailures: 1, vetoes: 1, dropped: 0 });
  });

  it("has become the records that the table names, all of them valid", () => {
    const made = kindsBy(hooks.events());
    for (const name of eventNames) {
      expect({ name, kinds: [...(made.get(name) ?? [])].toSorted() }).toEqual({
        name,
        kinds: eventTable[name].records.toSorted(),
      });
    }
    const { recorder } = hooks.telemetry;
    const drafts = hooks.events().flatMap((event) => recordsOf(event));
    expect(recorder.stats()).toMatchObject({ recorded: drafts.length + 2, invalid: 0 });
    const kinds = recorder.snapshot().map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "run")).toHaveLength(2);
    expect(kinds.filter((kind) => kind !== "run")).toEqual(drafts.map(({ definition }) => definition.kind));
  });

  it("of a query has one id, and one end", () => {
    const ends = new Set(["sql.rejected", "plan.failed", "query.finished", "query.failed", "query.cancelled"]);
    const ids = new Set(hooks.events().flatMap(({ queryId }) => queryId ?? []));
    for (const id of ids) {
      const names = hooks.queryEvents(id).map(({ event }) => event);
      expect({ names, ends: names.filter((name) => ends.has(name)).length }).toEqual({
        names,
        ends: names.length > 1 ? 1 : 0,
      });
    }
  });
});
