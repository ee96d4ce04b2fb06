import { describe, expect, it } from "vitest";
import { toSessionId } from "@deltafuse/config/brand";
import { systemClock, toMicroseconds } from "../src/clock.ts";
import { recordHash } from "../src/record-hash.ts";
import { findingRecord, planRecord } from "../src/record-kinds.ts";
import { defineRecord } from "../src/record.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { countingIds, fixedClock, memorySink } from "../src/testing.ts";
import { formatTimestamp, parseTimestamp } from "../src/timestamp-text.ts";
import { minimalBodies } from "./sample-bodies.ts";

describe("record", () => {
  it("fills the envelope from the context and the clock", () => {
    const telemetry = createTelemetry({ clock: fixedClock(1000, 5), newId: countingIds() });
    const context = { sessionId: toSessionId("s1"), label: "nightly", tags: { team: "orders" } };
    telemetry.record(findingRecord, minimalBodies.finding, context);
    telemetry.record(findingRecord, { ...minimalBodies.finding, subject: undefined, count: null });
    telemetry.record(findingRecord, minimalBodies.finding, { time: toMicroseconds(7) });
    const body = { ...minimalBodies.finding, subject: null, count: null, detailsJson: null };
    const common = { kind: "finding", version: 1, runId: null, queryId: null, traceId: null, spanId: null, body };
    const [first, second, third] = telemetry.recorder.snapshot();
    expect(first).toEqual({
      ...common,
      ...context,
      recordId: "00000000-0000-7000-8000-000000000001",
      time: 1000,
      seq: 1,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(second).toEqual({
      ...first,
      recordId: second?.recordId,
      sessionId: null,
      label: null,
      tags: null,
      time: 1005,
      seq: 2,
    });
    expect(third?.time).toBe(7);
  });

  it("keeps nothing of the given body", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const columns = ["a"];
    const tables = [{ name: "t", columns }];
    telemetry.record(planRecord, { ...minimalBodies.plan, tables });
    columns.push("b");
    expect(telemetry.recorder.snapshot()[0]?.body["tables"]).toEqual([
      { catalog: null, schema: null, name: "t", provider: null, deltaVersion: null, columns: ["a"], filters: null },
    ]);
    expect([columns, tables, tables[0]].some(Object.isFrozen)).toBe(false);
  });

  it("freezes at every depth", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    telemetry.record(
      planRecord,
      { ...minimalBodies.plan, tables: [{ name: "t", columns: ["a"] }] },
      { tags: { a: "b" } },
    );
    const [record] = telemetry.recorder.snapshot();
    const values: unknown[] = [record];
    for (const value of values) {
      expect(Object.isFrozen(value)).toBe(true);
      if (typeof value === "object" && value !== null) values.push(...Object.values(value));
    }
  });

  it("drops and counts what does not fit, and numbers without gaps", () => {
    const telemetry = createTelemetry();
    telemetry.record(findingRecord, minimalBodies.finding);
    telemetry.record(findingRecord, { ...minimalBodies.finding, count: 0.5 });
    telemetry.record(findingRecord, {
      ...minimalBodies.finding,
      get subject(): string {
        throw new Error("unreadable");
      },
    });
    telemetry.record(findingRecord, minimalBodies.finding);
    expect(telemetry.recorder.snapshot().map(({ seq }) => seq)).toEqual([1, 2]);
    expect(telemetry.health().kinds).toEqual({ finding: { recorded: 2, invalid: 2 } });
    expect(telemetry.recorder.stats()).toMatchObject({ recorded: 2, invalid: 2 });
  });

  it("gives each record the hash of its redacted body, computed when it is read", () => {
    const telemetry = createTelemetry();
    const body = { severity: "info", category: "c", code: "C", message: "password=hunter2" };
    telemetry.record(findingRecord, body);
    body.message = "changed";
    const [record] = telemetry.recorder.snapshot();
    const hash = recordHash(findingRecord, {
      severity: "info",
      category: "c",
      code: "C",
      message: "password=[redacted]",
    });
    expect(record?.contentHash).toBe(hash);
    expect(telemetry.recorder.snapshot()[0]).toBe(record);
  });

  it("drops and counts what has no hash at once", () => {
    const telemetry = createTelemetry({ validate: "off" });
    telemetry.record(findingRecord, { ...minimalBodies.finding, count: 0.5 });
    expect(telemetry.health().kinds).toEqual({ finding: { recorded: 0, invalid: 1 } });
  });

  it("throws what does not fit when told to", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    expect(() => telemetry.record(findingRecord, { ...minimalBodies.finding, count: 0.5 })).toThrow(
      expect.objectContaining({
        code: "TELEMETRY.RECORD_INVALID",
        details: { kind: "finding", path: "count", reason: "it is not a safe integer" },
      }),
    );
  });

  it("drops and counts, or throws, a kind whose name another one has", () => {
    const impostor = defineRecord("finding", 1, ["severity s!"]);
    const telemetry = createTelemetry();
    telemetry.record(impostor, { severity: "info" });
    expect(telemetry.health().kinds).toEqual({ finding: { recorded: 0, invalid: 1 } });
    const strict = createTelemetry({ validate: "throw" });
    strict.record(defineRecord("app.login", 1, ["user s!"]), { user: "u" });
    strict.record(defineRecord("app.login", 1, ["user s!"]), { user: "v" });
    expect(() => strict.record(defineRecord("app.login", 2, ["user s!"]), { user: "w" })).toThrow(
      expect.objectContaining({ code: "TELEMETRY.DUPLICATE_KIND", details: { kind: "app.login" } }),
    );
    expect(strict.recorder.snapshot().map(({ body }) => body)).toEqual([{ user: "u" }, { user: "v" }]);
  });

  it("stays within the size of its memory, with and without a turn of the event loop", async () => {
    const telemetry = createTelemetry({ recorder: { maxBytes: 2000 } });
    const message = "x".repeat(500);
    for (let index = 0; index < 10; index += 1) {
      telemetry.record(findingRecord, { ...minimalBodies.finding, message });
    }
    expect(telemetry.recorder.stats()).toMatchObject({ recorded: 10, dropped: 8 });
    telemetry.record(findingRecord, { ...minimalBodies.finding, message });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(telemetry.recorder.snapshot().map(({ seq }) => seq)).toEqual([10, 11]);
  });

  it("follows include and exclude, and exclude wins", () => {
    const telemetry = createTelemetry({ include: ["plan", "finding"], exclude: ["finding"] });
    telemetry.record(findingRecord, minimalBodies.finding);
    telemetry.record(planRecord, minimalBodies.plan);
    expect(["plan", "finding", "session"].map((kind) => telemetry.wants(kind))).toEqual([true, false, false]);
    expect(telemetry.recorder.snapshot().map(({ kind }) => kind)).toEqual(["plan"]);
  });

  it("keeps the last 4096 records unless told otherwise", () => {
    const telemetry = createTelemetry({ recorder: { maxRecords: 1 } });
    telemetry.record(findingRecord, minimalBodies.finding);
    telemetry.record(planRecord, minimalBodies.plan);
    expect(telemetry.recorder.snapshot().map(({ kind }) => kind)).toEqual(["plan"]);
  });

  it("makes ids of version 7 that differ", () => {
    const telemetry = createTelemetry();
    for (let index = 0; index < 1000; index += 1) telemetry.record(findingRecord, minimalBodies.finding);
    const ids = telemetry.recorder.snapshot().map(({ recordId }) => recordId);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
  });
});

it("records that wait for their sink do not keep the process alive", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const telemetry = createTelemetry({ sinks: [memorySink()] });
  telemetry.record(findingRecord, minimalBodies.finding);
  expect(timers()).toBe(before);
  await telemetry.close();
  expect(timers()).toBe(before);
});

describe("time", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000000Z"],
    [1_767_322_984_005_006, "2026-01-02T03:03:04.005006Z"],
    [-1, "1969-12-31T23:59:59.999999Z"],
  ])("%i is written as %s and read back", (us, text) => {
    expect(formatTimestamp(us)).toBe(text);
    expect(parseTimestamp(text)).toBe(us);
  });

  it.each(["2026-01-02T03:04:05Z", "2026-13-02T03:04:05.000000Z", "yesterday"])("%j is not a time", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it("comes from the system within milliseconds of its clock", () => {
    const clock = systemClock();
    expect(Math.abs(clock.now() - Date.now() * 1000)).toBeLessThanOrEqual(4000);
  });
});
