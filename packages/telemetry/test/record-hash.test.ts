import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordHash, recordSchemaHash } from "../src/record-hash.ts";
import { findingRecord, recordKinds, sessionRecord } from "../src/record-kinds.ts";
import type { RecordBody } from "../src/record.ts";

interface Vectors {
  readonly hashes: readonly {
    readonly kind: keyof typeof recordKinds;
    readonly body: RecordBody;
    readonly hash: string;
  }[];
  readonly schemas: readonly { readonly kind: keyof typeof recordKinds; readonly hash: string }[];
}

const vectors = JSON.parse(readFileSync(new URL("golden/records.json", import.meta.url), "utf8")) as Vectors;
const finding = { severity: "warning", category: "scan", code: "STATS_MISSING", message: "2 files have no statistics" };

describe("recordHash", () => {
  it.each(vectors.hashes)("equals the golden digest of a $kind", ({ kind, body, hash }) => {
    expect(recordHash(recordKinds[kind], body)).toBe(hash);
  });

  it("ignores the order of keys and members that are null", () => {
    const reordered = {
      subject: null,
      message: finding.message,
      code: finding.code,
      category: "scan",
      severity: "warning",
    };
    expect(recordHash(findingRecord, reordered)).toBe(recordHash(findingRecord, finding));
  });

  it("ignores null members of structs in lists", () => {
    const body = { action: "opened", profileFingerprint: "f", productVersion: "1", shared: false, profileJson: "{}" };
    const step = { phase: "rules", step: "a", status: "ok", durationUs: 1 };
    expect(recordHash(sessionRecord, { ...body, steps: [{ ...step, message: null }] })).toBe(
      recordHash(sessionRecord, { ...body, steps: [step] }),
    );
  });

  it("keeps the names of map entries", () => {
    const body = { action: "opened", profileFingerprint: "f", productVersion: "1", shared: false, profileJson: "{}" };
    expect(recordHash(sessionRecord, { ...body, engineVersions: { dataFusion: "1" } })).not.toBe(
      recordHash(sessionRecord, { ...body, engineVersions: { data_fusion: "1" } }),
    );
  });

  it.each(Object.keys(finding))("changes with %s", (member) => {
    expect(recordHash(findingRecord, { ...finding, [member]: "other" })).not.toBe(recordHash(findingRecord, finding));
  });
});

describe("recordSchemaHash", () => {
  it.each(vectors.schemas)("equals the golden digest of $kind", ({ kind, hash }) => {
    expect(recordSchemaHash(recordKinds[kind])).toBe(hash);
  });
});
