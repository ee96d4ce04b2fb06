import { col } from "@deltafuse/session-core/expression";
import { describe, expect, it } from "vitest";
import { clauseRequests, type MatchedClause } from "../src/merge-clause.ts";

const none = { whenMatched: undefined, whenNotMatched: undefined, whenNotMatchedBySource: undefined };

describe("clauseRequests", () => {
  it("keeps the order of the clauses and writes expressions as data", () => {
    const requests = clauseRequests({
      whenMatched: [
        { action: "delete", when: "source.gone" },
        { action: "update", set: { n: col("source", "n").add(1) } },
        { action: "updateAll", except: ["id"] },
      ],
      whenNotMatched: [{ action: "insert", values: { id: "source.id" } }, { action: "insertAll" }],
      whenNotMatchedBySource: [{ action: "update", when: col("target", "old").isNull(), set: { old: "true" } }],
    });
    expect(requests).toEqual({
      whenMatched: [
        { action: "delete", when: "source.gone" },
        { action: "update", set: { n: col("source", "n").add(1).node } },
        { action: "updateAll", except: ["id"] },
      ],
      whenNotMatched: [{ action: "insert", values: { id: "source.id" } }, { action: "insertAll" }],
      whenNotMatchedBySource: [{ action: "update", when: col("target", "old").isNull().node, set: { old: "true" } }],
    });
  });

  it("leaves out what is empty", () => {
    expect(clauseRequests({ ...none, whenNotMatched: [] })).toEqual({});
  });

  it.each([
    [{ action: "upsert" }, "whenMatched.0.action"],
    [{ action: "delete", set: {} }, "whenMatched.0.set"],
    [{ action: "update" }, "whenMatched.0.set"],
    [{ action: "update", set: { n: 5 } }, "whenMatched.0.set.n"],
  ])("refuses %j", (clause, option) => {
    const read = (): unknown => clauseRequests({ ...none, whenMatched: [clause as unknown as MatchedClause] });
    expect(read).toThrow(
      expect.objectContaining({ code: "DELTA.INVALID_SPEC", details: { option, reason: expect.any(String) } }),
    );
  });
});
