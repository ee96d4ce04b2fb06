import { recordKinds } from "../src/record-kinds.ts";
import type { TelemetryRecord } from "../src/record.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { countingIds, fixedClock } from "../src/testing.ts";
import { fullBodies, minimalBodies } from "./sample-bodies.ts";

/** The kinds of the package. */
export const kindNames = Object.keys(recordKinds) as readonly (keyof typeof recordKinds)[];

/** Two records of a kind: one with every column, in a context, and one with those only that must be there. */
export function sampleRecords(kind: keyof typeof recordKinds): readonly TelemetryRecord[] {
  const telemetry = createTelemetry({
    validate: "throw",
    include: kindNames,
    redaction: { plans: "raw" },
    clock: fixedClock(1_767_322_984_005_006),
    newId: countingIds(),
  });
  const definition = recordKinds[kind];
  telemetry.record(definition, fullBodies[kind] as never, { label: "nightly", tags: { team: "żółw", none: "" } });
  telemetry.record(definition, minimalBodies[kind] as never, { tags: {} });
  return telemetry.recorder.snapshot();
}
