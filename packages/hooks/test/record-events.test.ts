import { describe, expect, it } from "vitest";
import { toQueryId, toSessionId } from "@deltafuse/config/brand";
import { fingerprint } from "@deltafuse/config/fingerprint";
import { encodeJsonLine } from "@deltafuse/telemetry/json-lines";
import { type Telemetry, createTelemetry } from "@deltafuse/telemetry/telemetry";
import type { TelemetryRecord } from "@deltafuse/telemetry/record";
import { type EventMap, type EventName, type HookEvent, eventNames, eventTable } from "../src/events.ts";
import { createHooks } from "../src/hooks.ts";
import { recordsOf } from "../src/record-events.ts";
import { recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";

function eventOf<E extends EventName>(name: E, changes: Partial<EventMap[E]> = {}): HookEvent<E> {
  const hooks = recordingHooks({ telemetry: createTelemetry({ exclude: [...eventTable[name].records] }) });
  hooks.emit(name, { ...samplePayloads[name], ...changes });
  const [event] = hooks.of(name);
  if (event === undefined) throw new Error("nothing was emitted");
  return event;
}

function recordedBy<E extends EventName>(name: E, changes: Partial<EventMap[E]> = {}): readonly TelemetryRecord[] {
  const telemetry = createTelemetry({ validate: "throw", include: eventTable[name].records });
  createHooks({ telemetry }).emit(name, { ...samplePayloads[name], ...changes });
  return telemetry.recorder.snapshot();
}

function bodyOf<E extends EventName>(name: E, changes: Partial<EventMap[E]> = {}): TelemetryRecord["body"] {
  const [record] = recordedBy(name, changes);
  if (record === undefined) throw new Error("nothing was recorded");
  return record.body;
}

describe("recordsOf", () => {
  it.each(eventNames)("makes of %s the records that the table names, and each is valid", (name) => {
    expect(recordedBy(name).map(({ kind }) => kind)).toEqual(eventTable[name].records);
  });

  it.each(eventNames)("gives equal records for equal %s events and does not change them", (name) => {
    const event = eventOf(name);
    const before = structuredClone(event);
    expect(recordsOf(event)).toEqual(recordsOf(event));
    expect(event).toEqual(before);
  });

  it("leaves out what a kind has no column for", () => {
    const totals = { ...samplePayloads["query.finished"].totals, filesDone: 3 };
    expect(bodyOf("query.finished", { totals })).toEqual({
      planFingerprint: "ff",
      status: "ok",
      started: 1_767_322_984_005_006,
      durationUs: 20,
      queueUs: 5,
      firstBatchUs: 7,
      rows: 10,
      batches: 1,
      outputBytes: 100,
      scanRows: 10,
      scanBytes: 100,
      spillCount: 0,
      spilledRows: 0,
      spilledBytes: 0,
      peakReservedBytes: null,
      partitions: 2,
      operators: 3,
      slow: false,
      nativeSpansDropped: 0,
      errorCode: null,
      errorMessage: null,
    });
  });

  it("tells how a query ended", () => {
    const outcome = ({ status, errorCode, errorMessage }: TelemetryRecord["body"]): unknown[] => [
      status,
      errorCode,
      errorMessage,
    ];
    expect(outcome(bodyOf("query.failed"))).toEqual(["failed", "SQL.PARSE_ERROR", "Expected FROM at line 1"]);
    expect(outcome(bodyOf("query.cancelled"))).toEqual(["cancelled", null, "timeout"]);
  });

  it("records sanitised SQL and its hash", () => {
    const { sqlText, sqlHash } = bodyOf("plan.compiled");
    expect(sqlText).toBe("SELECT * FROM flights WHERE origin = ?");
    expect(sqlHash).toBe(fingerprint("sql", 1, { text: "SELECT * FROM flights WHERE origin = ?" }));
    expect(bodyOf("plan.compiled", { sql: null, sqlSanitized: null })).toMatchObject({
      sqlText: null,
      sqlHash: fingerprint("sql", 1, { text: "" }),
    });
    expect(bodyOf("plan.failed")["sqlHash"]).toBe(sqlHash);
  });

  it("hashes the effective settings by key", () => {
    const settings = recordedBy("session.opened").find(({ kind }) => kind === "settings");
    const values = { "datafusion.execution.batch_size": "8192", "datafusion.catalog.location": null };
    expect(settings?.body["settingsHash"]).toBe(fingerprint("settings", 1, values));
  });

  it("is silent about a dataset that is ready", () => {
    expect(recordedBy("dataset.readiness", { status: "ok" })).toEqual([]);
  });

  it("tells a registration from a replacement", () => {
    const actions = [true, false].map((replaced) => {
      const { action, overwrite } = bodyOf("table.registered", { replaced });
      return [action, overwrite];
    });
    expect(actions).toEqual([
      ["replaced", true],
      ["registered", false],
    ]);
  });

  it("turns metrics and options with fractions into canonical JSON", () => {
    expect(bodyOf("delta.committed")["metricsJson"]).toBe('{"num_source_rows":3,"seconds":"0.25"}');
    expect(bodyOf("write.committed")["optionsJson"]).toBe('{"compression":"zstd(3)","ratio":"0.5"}');
  });

  it("sums violations up", () => {
    expect(bodyOf("schema.violation")).toEqual({
      severity: "warning",
      category: "schema",
      code: "missing_column",
      subject: "flights",
      message: "The column id is missing. (and 1 more)",
      count: 2,
      detailsJson:
        '{"policy":"report","violations":[{"column":"id","type":"missing_column"},' +
        '{"actual":"utf8","column":"delay","expected":"int64","type":"type_mismatch"}]}',
    });
  });
});

describe("records of events", () => {
  it("carry ids, label, tags and time of the event", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const sessionId = toSessionId("s1");
    const queryId = toQueryId("q1");
    const hooks = createHooks({ telemetry }).child({ sessionId });
    const query = hooks.child({ queryId, label: "nightly", tags: { team: "orders" } });
    const times: number[] = [];
    hooks.on("query.finished", ({ timeUs }) => void times.push(timeUs));
    query.emit("query.finished", samplePayloads["query.finished"]);
    const [record] = telemetry.recorder.snapshot();
    expect(record).toMatchObject({ sessionId, queryId, label: "nightly", tags: { team: "orders" }, time: times[0] });
  });

  it("are not made for kinds that telemetry does not want", () => {
    const telemetry: Telemetry = createTelemetry({ exclude: ["plan"] });
    const hooks = createHooks({ telemetry });
    expect([hooks.wants("plan.compiled"), hooks.wants("query.finished")]).toEqual([false, true]);
    hooks.emit("plan.compiled", samplePayloads["plan.compiled"]);
    hooks.emit("query.finished", samplePayloads["query.finished"]);
    expect(telemetry.recorder.snapshot().map(({ kind }) => kind)).toEqual(["execution"]);
  });

  it("hold no secret that was planted in SQL, options, URLs or messages", () => {
    const planted = "hunter2";
    const url = `s3://user:${planted}@bucket/t?X-Amz-Signature=${planted}`;
    const error = {
      code: "SQL.PLAN_ERROR",
      message: `Cannot cast string '${planted}' while reading ${url}`,
      details: { sql: planted },
    };
    const sql = `SELECT '${planted}'`;
    const telemetry = createTelemetry({ validate: "throw" });
    const hooks = createHooks({ telemetry });
    const opened = samplePayloads["session.opened"];
    const secretEntry = {
      key: "x.token",
      value: planted,
      requested: planted,
      source: "profile",
      owner: null,
      applied: true,
    };
    hooks.emit("session.opened", {
      ...opened,
      profileJson: `{"store":{"password":"${planted}"}}`,
      applied: { ...opened.applied, entries: [secretEntry] },
    });
    hooks.emit("session.failed", { ...samplePayloads["session.failed"], error });
    hooks.emit("sql.received", { ...samplePayloads["sql.received"], sql });
    hooks.emit("sql.rejected", { ...samplePayloads["sql.rejected"], sql, error });
    hooks.emit("plan.compiled", { ...samplePayloads["plan.compiled"], sql, sqlSanitized: "SELECT ?" });
    hooks.emit("plan.failed", { ...samplePayloads["plan.failed"], sql, sqlSanitized: "SELECT ?", error });
    hooks.emit("query.failed", { ...samplePayloads["query.failed"], error });
    hooks.emit("table.registered", { ...samplePayloads["table.registered"], location: url });
    hooks.emit("write.committed", {
      ...samplePayloads["write.committed"],
      target: url,
      options: { secretAccessKey: planted, endpoint: url },
    });
    hooks.emit("write.failed", { ...samplePayloads["write.failed"], error });
    hooks.emit("function.failed", { ...samplePayloads["function.failed"], error });
    hooks.emit("delta.committed", {
      ...samplePayloads["delta.committed"],
      tableUri: url,
      commitMetadata: { token: planted },
      metrics: { credential: planted },
      error,
    });
    hooks.emit("dataset.readiness", { ...samplePayloads["dataset.readiness"], message: error.message });
    hooks.publish("app", { note: planted });
    const lines = telemetry.recorder.snapshot().map((record) => encodeJsonLine(record));
    expect(lines.length).toBe(13);
    expect(lines.filter((line) => line.includes(planted))).toEqual([]);
  });
});
