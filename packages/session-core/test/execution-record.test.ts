import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", execution: { batchSize: 8 } }), { hooks });
});
afterEach(() => session.close());

/** Rows that a reader receives of a query until it ends, of which it takes at most some batches. */
async function received(sql: string, options: { batches?: number; signal?: AbortSignal } = {}): Promise<number> {
  const { batches = Number.POSITIVE_INFINITY, ...rest } = options;
  const stream = await session.sql(sql).stream(rest);
  let rows = 0;
  let taken = 0;
  for await (const batch of stream.columns()) {
    rows += batch.rows;
    taken += 1;
    if (taken >= batches) break;
  }
  return rows;
}

const rows64 = "SELECT value AS n FROM range(64)";

it.each([
  { end: "is drained", status: "ok", read: () => received(rows64) },
  { end: "has no rows", status: "ok", read: () => received("SELECT value FROM range(3) WHERE value > 9") },
  { end: "is left early", status: "ok", read: () => received(rows64, { batches: 2 }) },
  {
    end: "fails",
    status: "failed",
    read: async () => {
      await expect(received("SELECT 1 / (value - 2) FROM range(3)")).rejects.toMatchObject({
        code: "ENGINE.EXECUTION",
      });
      return 0;
    },
  },
  {
    end: "is aborted while it runs",
    status: "cancelled",
    read: async () => {
      const controller = new AbortController();
      const stream = await session.sql("SELECT value FROM range(100000000)").stream({ signal: controller.signal });
      const batches = stream.columns()[Symbol.asyncIterator]();
      const first = await batches.next();
      controller.abort();
      await expect(batches.next()).rejects.toBe(controller.signal.reason);
      return first.done === true ? 0 : first.value.rows;
    },
  },
  {
    end: "is aborted before its first batch",
    status: "cancelled",
    read: async () => {
      const controller = new AbortController();
      const stream = await session.sql(rows64).stream({ signal: controller.signal });
      controller.abort();
      await expect(stream.columns()[Symbol.asyncIterator]().next()).rejects.toBe(controller.signal.reason);
      return 0;
    },
  },
])("a query that $end has one execution record, with the rows that were received", async ({ status, read }) => {
  const rows = await read();
  const records = hooks.telemetry.recorder.snapshot({ kinds: ["execution"] });
  expect(records.map(({ body }) => ({ status: body["status"], rows: body["rows"] }))).toEqual([{ status, rows }]);
});
