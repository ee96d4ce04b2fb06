import { describe, expect, it } from "vitest";
import { deletionVector } from "../src/data/deletion-vector.ts";

// The rows of the example in the Delta protocol, whose bitmap follows a head of another form.
const rows = [3, 4, 7, 11, 18, 29];
const bitmap = "iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";

describe("deletionVector", () => {
  it("is the text of a bitmap behind its head", () => {
    expect(deletionVector(rows)).toEqual({
      storageType: "i",
      pathOrInlineDv: `^Bg9^0rr910000000000${bitmap}`,
      sizeInBytes: 44,
      cardinality: 6,
    });
  });

  it("has another container for rows from 65 536 on", () => {
    const { sizeInBytes, cardinality } = deletionVector([...rows, 65_536, 70_000]);
    expect({ sizeInBytes, cardinality }).toEqual({ sizeInBytes: 44 + 8 + 2 * 2, cardinality: 8 });
  });

  it("refuses rows that a container cannot list", () => {
    expect(() => deletionVector(Array.from({ length: 5000 }, (_, row) => row))).toThrow(RangeError);
  });
});
