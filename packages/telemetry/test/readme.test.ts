import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
// #region imports
import { jsonLinesSink } from "@deltafuse/telemetry/json-lines-sink";
import { findingRecord } from "@deltafuse/telemetry/record-kinds";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
// #endregion

const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("runs the example of the README", async () => {
  const path = join(folder, "records.jsonl");
  // #region example
  const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path })] });
  telemetry.record(findingRecord, { severity: "info", category: "app", code: "STARTED", message: "The job started." });
  const last = telemetry.recorder.snapshot({ kinds: ["finding"] }); // the last records, in memory
  await telemetry.close(); // flushes the file
  // #endregion
  expect(last).toMatchObject([{ kind: "finding", body: { code: "STARTED", message: "The job started." } }]);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ kind: "finding", seq: last[0]?.seq }]);
});
