import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordSchemaHash } from "../src/record-hash.ts";
import { recordKinds } from "../src/record-kinds.ts";
import { type RecordDefinition, defineRecord } from "../src/record.ts";
import { compareRecordSchema } from "../src/schema-drift.ts";

const before = ["a s!", "b [i64]", "c {x s!, y i64}"];
const withColumns = (columns: readonly string[], version = 1): RecordDefinition =>
  defineRecord("app.test", version, columns);

describe("compareRecordSchema", () => {
  it("finds equal columns equal", () => {
    expect(compareRecordSchema(withColumns(before), before)).toEqual({
      status: "equal",
      added: [],
      removed: [],
      changed: [],
    });
  });

  it("finds appended nullable columns additive", () => {
    expect(compareRecordSchema(withColumns([...before, "d s", "e m"]), before)).toEqual({
      status: "additive",
      added: ["d", "e"],
      removed: [],
      changed: [],
    });
  });

  it.each([
    ["a column is renamed", ["a s!", "bb [i64]", "c {x s!, y i64}"], { added: ["bb"], removed: ["b"] }],
    ["a type differs", ["a s!", "b [i32]", "c {x s!, y i64}"], { changed: ["b"] }],
    ["a member of a struct is appended", ["a s!", "b [i64]", "c {x s!, y i64, z s}"], { changed: ["c"] }],
    ["columns change places", ["b [i64]", "a s!", "c {x s!, y i64}"], { changed: ["a", "b"] }],
    ["a column is removed", ["a s!", "c {x s!, y i64}"], { removed: ["b"] }],
    ["the last column is removed", ["a s!", "b [i64]"], { removed: ["c"] }],
    ["null is forbidden", ["a s!", "b [i64]!", "c {x s!, y i64}"], { changed: ["b"] }],
    ["null is allowed", ["a s", "b [i64]", "c {x s!, y i64}"], { changed: ["a"] }],
    ["the appended column is not nullable", [...before, "d s!"], { added: ["d"] }],
    ["a nullable column is not the last", ["a s!", "d s", "b [i64]", "c {x s!, y i64}"], { added: ["d"] }],
  ])("finds it breaking that %s", (_what, columns, difference) => {
    expect(compareRecordSchema(withColumns(columns), before)).toEqual({
      status: "breaking",
      added: [],
      removed: [],
      changed: [],
      ...difference,
    });
  });
});

interface Locked {
  readonly version: number;
  readonly hash: string;
  readonly columns: readonly string[];
}

describe("the lock file", () => {
  const lockFile = new URL("../record-schemas.lock.json", import.meta.url);
  const locked: Readonly<Record<string, Locked>> = JSON.parse(readFileSync(lockFile, "utf8"));

  it("has every kind and no other", () => {
    expect(Object.keys(locked)).toEqual(Object.keys(recordKinds).toSorted());
  });

  it.each(Object.values(recordKinds))("has $kind as it is: else run `node tools/telemetry-lock.mjs`", (definition) => {
    const entry = locked[definition.kind];
    const { status, ...names } = compareRecordSchema(definition, entry?.columns ?? []);
    expect({ version: entry?.version, status, ...names }).toEqual({
      version: definition.version,
      status: "equal",
      added: [],
      removed: [],
      changed: [],
    });
    expect(entry?.hash).toBe(recordSchemaHash(definition));
  });
});
