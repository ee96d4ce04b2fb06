import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { propertyColumns } from "../src/property-columns.ts";

const names = ["n", 'a "quoted" name', "toString", "__proto__", "missing"];

const own = Object.fromEntries([
  ["n", 1],
  ['a "quoted" name', "x"],
  ["toString", "own text"],
  ["__proto__", "own too"],
]);

class Row {
  get n(): number {
    return 2;
  }
}

const objects = [own, {}, null, undefined, new Row(), Object.create(null)];
const columns = [
  [1, undefined, null, null, 2, undefined],
  ["x", undefined, null, null, undefined, undefined],
  ["own text", undefined, null, null, undefined, undefined],
  ["own too", undefined, null, null, undefined, undefined],
  [undefined, undefined, null, null, undefined, undefined],
];

function repeated<T>(values: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => values).flat();
}

function expectColumns(times: number, read = propertyColumns(names)): void {
  const many = [own, ...repeated(objects, times), own];
  expect(read(many, 1, many.length - 1)).toEqual(columns.map((column: readonly unknown[]) => repeated(column, times)));
}

describe("propertyColumns", () => {
  it("reads few objects", () => {
    expectColumns(1);
  });

  it("reads many objects alike, by generated code", () => {
    expectColumns(100);
  });

  describe("where code generation is forbidden", () => {
    beforeEach(() => {
      vi.stubGlobal("Function", function refuse() {
        throw new EvalError("Code generation from strings disallowed for this context");
      });
    });

    afterEach(() => {
      vi.unstubAllGlobals();
    });

    it("reads many objects alike", () => {
      const others = propertyColumns([...names].toReversed());
      expectColumns(100, (...range) => [...others(...range)].toReversed());
    });
  });
});
