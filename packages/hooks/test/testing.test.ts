import { describe, expect, it } from "vitest";
import { toQueryId } from "@deltafuse/config/brand";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";

const warning = samplePayloads["session.warning"];
const received = samplePayloads["sql.received"];

describe("recordingHooks", () => {
  it("keeps the last 10 000 events, also of children, and finds them by query", () => {
    const hooks = recordingHooks({ telemetry: createTelemetry({ exclude: ["finding"] }) });
    const query = hooks.child({ queryId: toQueryId("q") });
    for (let index = 0; index < 10_001; index += 1) hooks.emit("session.warning", warning);
    query.emit("sql.received", received);
    expect(hooks.events()).toHaveLength(10_000);
    expect(hooks.queryEvents("q").map(({ event }) => event)).toEqual(["sql.received"]);
    expect(hooks.names().slice(-2)).toEqual(["session.warning", "sql.received"]);
  });

  it("throws a record that does not fit", () => {
    const hooks = recordingHooks();
    expect(() => hooks.emit("query.finished", { ...samplePayloads["query.finished"], rows: 0.5 })).toThrow(
      expect.objectContaining({ code: "TELEMETRY.RECORD_INVALID" }),
    );
    hooks.emit("session.warning", warning);
    expect(hooks.names()).toEqual(["query.finished", "session.warning"]);
  });
});
