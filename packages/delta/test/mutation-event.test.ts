import { DeltaFuseError } from "@deltafuse/config/errors";
import { describe, expect, it } from "vitest";
import { committedEvent, conflictCode, failedEvent, type Mutation } from "../src/mutation-event.ts";
import type { MergeMetrics, MutationReport } from "../src/mutation-report.ts";
import type { SnapshotInfo } from "../src/table.ts";

const mutation: Mutation = {
  target: { uri: "file:///t", dataset: "t", version: undefined },
  operation: "MERGE",
  mode: null,
  commit: { metadata: { job: "nightly", run: { id: 7 } }, userMetadata: "by hand" },
};

const snapshot: SnapshotInfo = {
  uri: "file:///t",
  tableId: "id",
  name: null,
  description: null,
  version: 3,
  timestampMs: 0,
  minReaderVersion: 1,
  minWriterVersion: 2,
  readerFeatures: [],
  writerFeatures: ["appendOnly"],
  properties: { "delta.appendOnly": "false" },
  fields: [],
  partitionColumns: [],
  schemaHash: "s",
  schemaIdentityHash: "i",
};

const metrics: MergeMetrics = {
  rowsWritten: 6,
  filesAdded: 2,
  filesRemoved: 1,
  bytesAdded: 20,
  bytesRemoved: 10,
  executionMs: 5,
  sourceRows: 4,
  rowsInserted: 3,
  rowsUpdated: 1,
  rowsDeleted: 0,
  rowsCopied: 2,
};

const report: MutationReport<MergeMetrics> = {
  operation: "merge",
  status: "committed",
  version: 3,
  versions: [3],
  metrics,
  warnings: [],
  snapshot,
};

const head = {
  tableUri: "file:///t",
  dataset: "t",
  operation: "MERGE",
  mode: null,
  attempts: 1,
  commitMetadata: { job: "nightly", run: '{"id":7}', userMetadata: "by hand" },
  durationUs: 9,
};

describe("committedEvent", () => {
  it("tells everything of a commit", () => {
    expect(committedEvent(mutation, report, 9)).toEqual({
      ...head,
      status: "committed",
      deltaVersion: 3,
      readVersion: 2,
      minReaderVersion: 1,
      minWriterVersion: 2,
      readerFeatures: [],
      writerFeatures: ["appendOnly"],
      tableProperties: { "delta.appendOnly": "false" },
      conflicts: [],
      rowsInserted: 3,
      rowsUpdated: 1,
      rowsDeleted: 0,
      rowsCopied: 2,
      filesAdded: 2,
      filesRemoved: 1,
      bytesAdded: 20,
      bytesRemoved: 10,
      metrics,
    });
  });

  it("knows that the first version had none before it, and that an unchanged table stays at its version", () => {
    const { commit: _, ...rest } = mutation;
    const plain = { ...rest, operation: "WRITE", mode: "append", commit: {} };
    const first = committedEvent(plain, { ...report, version: 0 }, 9);
    expect([first.readVersion, first.rowsInserted, first.commitMetadata]).toEqual([null, 6, null]);
    const unchanged = committedEvent(plain, { ...report, status: "unchanged" }, 9);
    expect([unchanged.deltaVersion, unchanged.readVersion]).toEqual([3, 3]);
  });
});

describe("failedEvent", () => {
  it("tells the error and the race that was lost", () => {
    const error = new DeltaFuseError({ code: "DELTA.CONCURRENT_APPEND", message: "m", details: { a: 1 } });
    expect(failedEvent(mutation, error, 9)).toMatchObject({
      ...head,
      status: "failed",
      deltaVersion: null,
      conflicts: ["DELTA.CONCURRENT_APPEND"],
      metrics: {},
      error: { code: "DELTA.CONCURRENT_APPEND", message: "m", details: { a: 1 } },
    });
  });
});

describe("conflictCode", () => {
  it.each([
    ["DELTA.VERSION_MISMATCH", {}, true],
    ["DELTA.COMMIT_ATTEMPTS_EXHAUSTED", {}, true],
    ["DELTA.TABLE_EXISTS", { concurrent: true }, true],
    ["DELTA.TABLE_EXISTS", {}, false],
    ["DELTA.SCHEMA_MISMATCH", {}, false],
  ])("of %s %j", (code, details, isConflict) => {
    const error = new DeltaFuseError({ code, message: "m", details });
    expect(conflictCode(error)).toBe(isConflict ? code : undefined);
  });
});
