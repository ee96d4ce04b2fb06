import { describe, expect, it } from "vitest";
import { check, resolveConstraints } from "../src/constraint.ts";
import { int64, utf8 } from "../src/field-type.ts";
import { table, type TableOptions } from "../src/table-spec.ts";

const columns = { a: int64().notNull(), b: int64().notNull(), c: utf8() };

function resolve(options: TableOptions<"a" | "b" | "c">): ReturnType<typeof resolveConstraints> {
  return resolveConstraints(table("t", columns, options));
}

describe("resolveConstraints", () => {
  it("takes the key fields before the primary key", () => {
    expect(resolve({ key: ["b"] })).toEqual({ keyFields: ["b"], requiredNonNull: ["b"], checks: [] });
    const constraints = [{ type: "primary_key", columns: ["a", "b"] }] as const;
    expect(resolve({ constraints })).toEqual({ keyFields: ["a", "b"], requiredNonNull: ["a", "b"], checks: [] });
  });

  it("takes a unique constraint as key without requiring its columns", () => {
    const constraints = [{ type: "unique", columns: ["c"] }] as const;
    expect(resolve({ constraints })).toEqual({ keyFields: ["c"], requiredNonNull: [], checks: [] });
  });

  it("takes the first unique constraint by name, in whatever order they come", () => {
    const constraints = [
      { type: "unique", columns: ["c"] },
      { type: "unique", columns: ["a"] },
    ] as const;
    const [one, other] = [resolve({ constraints }), resolve({ constraints: constraints.toReversed() })];
    expect(one).toEqual(other);
    expect([["a"], ["c"]]).toContainEqual(one.keyFields);
  });

  it("joins what must not be null, once", () => {
    const constraints = [
      { type: "not_null", column: "c" },
      { type: "not_null", column: "a" },
    ] as const;
    expect(resolve({ key: ["a"], requiredNonNull: ["c"], constraints }).requiredNonNull).toEqual(["c", "a"]);
  });

  it("names checks that have no name by their content", () => {
    const { checks } = resolve({ constraints: [check("a > 0"), check("b > 0", "b_positive"), check("a > 0")] });
    expect(checks).toEqual([
      { name: expect.stringMatching(/^t_check_[0-9a-f]{8}$/) as string, expression: { e: "sql", text: "a > 0" } },
      { name: "b_positive", expression: { e: "sql", text: "b > 0" } },
    ]);
  });
});
