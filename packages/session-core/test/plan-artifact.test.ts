import { fingerprint } from "@deltafuse/config/fingerprint";
import { describe, expect, it } from "vitest";
import { type PlanReply, planArtifact } from "../src/plan-artifact.ts";
import { planFingerprint } from "../src/plan-use.ts";

const stage = { digest: "d1", text: "Values: (1)", schemaHash: "s", nodeCount: 1 };
const reply: PlanReply = { p0: { ...stage, digest: "d0" }, p1: stage, tables: [], functions: [] };
const engine = { datafusion: "55.2.0", arrow: "59.3.0", parquet: "59.3.0", objectStore: "0.13.0", delta: "1.1.0" };

describe("planArtifact", () => {
  it("holds the stages and the fingerprint of what the plan is and reads", () => {
    const sessionHash = fingerprint("session", 1, {});
    const parameters = [{ name: "1", type: "int64" }];
    expect(planArtifact(reply, { sessionHash, engine, parameters })).toEqual({
      artifactVersion: 1,
      planFingerprint: planFingerprint({
        p1: "d1",
        sessionHash,
        tables: [],
        functions: [],
        parameterTypes: parameters,
      }),
      sessionHash,
      engine,
      p0: { ...stage, digest: "d0" },
      p1: stage,
      tables: [],
      functions: [],
      parameters,
      warnings: [],
    });
  });
});
