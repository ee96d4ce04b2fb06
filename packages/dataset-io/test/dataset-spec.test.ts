import { float64, int64 } from "@deltafuse/schema/field-type";
import { contract } from "@deltafuse/schema/contract";
import { lit } from "@deltafuse/session-core/expression";
import { describe, expect, it } from "vitest";
import { specHash } from "../src/dataset-spec.ts";
import { type DatasetLocation, resolveLocation } from "../src/location.ts";

function hash(location: DatasetLocation, base = "/base"): string {
  return specHash(resolveLocation(location, base));
}

describe("specHash", () => {
  it("is the same for two ways to write one place", () => {
    expect(hash({ uri: "../base/a.csv" })).toBe(hash({ uri: "file:///base/a.csv" }));
    expect(hash({ uri: "a.csv" }, "/x")).toBe(hash({ uri: "/x/a.csv" }));
  });

  it("tells every option", () => {
    const check = { type: "check", expression: lit(0.5).node } as const;
    const hashes = [
      hash({ uri: "a.csv" }),
      hash({ uri: "a.csv", scan: { csv: { header: true } } }),
      hash({ uri: "a.csv", format: "ndjson" }),
      hash({ uri: "a.csv", contract: contract("t", { id: int64() }) }),
      hash({ uri: "a.csv", contract: contract("t", { id: int64() }, { policy: "ADDITIVE" }) }),
      hash({ uri: "a.csv", contract: contract("t", { id: float64() }, { constraints: [check] }) }),
      hash({ uri: "a.csv", provider: { factor: 0.25 } }),
      hash({ uri: "a.csv", provider: { factor: 0.5 } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
