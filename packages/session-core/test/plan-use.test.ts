import { describe, expect, it } from "vitest";
import { type PlanIdentity, planFingerprint, type TableUse } from "../src/plan-use.ts";

const flights: TableUse = {
  catalog: null,
  schema: null,
  name: "flights",
  kind: "delta",
  instance: null,
  schemaHash: "a",
  deltaVersion: 3,
  tableId: "id",
  columns: ["x"],
  filters: 0,
};
const airports: TableUse = { ...flights, name: "airports", kind: "listing", deltaVersion: null, tableId: null };
const identity: PlanIdentity = {
  p1: "digest",
  sessionHash: "session",
  tables: [flights, airports],
  functions: [
    { name: "sum", kind: "aggregate", volatility: "immutable", signatureHash: null },
    { name: "abs", kind: "scalar", volatility: "immutable", signatureHash: null },
  ],
  parameterTypes: [
    { name: "1", type: "int64" },
    { name: "2", type: "utf8" },
  ],
};

describe("planFingerprint", () => {
  it("does not depend on the order of its lists", () => {
    const turned: PlanIdentity = {
      ...identity,
      tables: identity.tables.toReversed(),
      functions: identity.functions.toReversed(),
      parameterTypes: identity.parameterTypes.toReversed(),
    };
    expect(planFingerprint(turned)).toBe(planFingerprint(identity));
  });

  it("leaves out what the plan already tells", () => {
    const other = { ...flights, columns: ["x", "y"], filters: 2 };
    expect(planFingerprint({ ...identity, tables: [other, airports] })).toBe(planFingerprint(identity));
  });

  it("changes with the plan, the session, a Delta version, an instance, a function and a parameter type", () => {
    const changed: readonly PlanIdentity[] = [
      identity,
      { ...identity, p1: "other" },
      { ...identity, sessionHash: "other" },
      { ...identity, tables: [{ ...flights, deltaVersion: 4 }, airports] },
      { ...identity, tables: [flights, { ...airports, instance: "another" }] },
      { ...identity, functions: identity.functions.slice(1) },
      { ...identity, parameterTypes: [{ name: "1", type: "int32" }, ...identity.parameterTypes.slice(1)] },
    ];
    expect(new Set(changed.map(planFingerprint)).size).toBe(changed.length);
  });
});
