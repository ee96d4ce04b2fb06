import { describe, expect, it } from "vitest";
import { recordSchemaHash } from "../../packages/telemetry/src/record-hash.ts";
import { type RecordDefinition, defineRecord } from "../../packages/telemetry/src/record.ts";
import { compareRecordSchema } from "../../packages/telemetry/src/schema-drift.ts";
import { nextLock } from "../telemetry-lock.mjs";

const before = ["a s!", "b [i64]", "c {x s!, y i64}"];
const withColumns = (columns: readonly string[], version = 1): RecordDefinition =>
  defineRecord("app.test", version, columns);

describe("the tool that writes the lock file", () => {
  const telemetry = { compareRecordSchema, recordSchemaHash };
  const entry = (definition: RecordDefinition) => ({
    version: definition.version,
    hash: recordSchemaHash(definition),
    columns: definition.columns,
  });
  const locked = { "app.test": entry(withColumns(before)) };
  const next = (definition: RecordDefinition) => nextLock(locked, { [definition.kind]: definition }, telemetry);

  it.each([
    ["equal columns", withColumns(before)],
    ["appended columns", withColumns([...before, "d s"])],
    ["any columns at a higher version", withColumns(["z b!"], 2)],
  ])("takes %s", (_what, definition) => {
    expect(next(definition)).toEqual({ refusals: [], lock: { "app.test": entry(definition) } });
  });

  it("takes a new kind", () => {
    const other = defineRecord("app.other", 1, ["n i64"]);
    const kinds = { "app.test": withColumns(before), "app.other": other };
    expect(nextLock(locked, kinds, telemetry)).toEqual({
      refusals: [],
      lock: { "app.other": entry(other), "app.test": entry(withColumns(before)) },
    });
  });

  it.each([
    [
      "columns that break at the same version",
      withColumns(["a s!", "bb [i64]"]),
      ["app.test: added bb; removed b, c. Raise the version of the kind, or undo that."],
    ],
    ["an older version", withColumns(before, 0), ["app.test: version 0 is older than 1, which is locked."]],
    [
      "that a kind is gone",
      defineRecord("app.other", 1, ["n i64"]),
      ["app.test: the kind is gone, so what was stored of it could not be read."],
    ],
  ])("refuses %s", (_what, definition, refusals) => {
    expect(next(definition).refusals).toEqual(refusals);
  });
});
