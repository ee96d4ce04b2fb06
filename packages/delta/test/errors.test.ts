import { describe, expect, it } from "vitest";
import { deltaErrorCodes, isDeltaError, tableClosed } from "../src/errors.ts";

describe("errors", () => {
  it("lists each code once, in order", () => {
    expect(deltaErrorCodes).toEqual([...new Set(deltaErrorCodes)].toSorted());
  });

  it("knows its errors by their code", () => {
    expect([isDeltaError(tableClosed("file:///t")), isDeltaError({ code: "DELTA.CLOSED" })]).toEqual([true, false]);
  });
});
