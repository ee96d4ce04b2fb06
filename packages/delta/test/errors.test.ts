import { contract } from "@deltafuse/native/binding";
import { describe, expect, it } from "vitest";
import { deltaErrorCodes, isDeltaError, tableClosed } from "../src/errors.ts";

describe("errors", () => {
  it("knows every code of its namespace that the engine raises", () => {
    const known: readonly string[] = deltaErrorCodes;
    const { errorCodes }: { errorCodes: readonly string[] } = JSON.parse(contract());
    const raised = errorCodes.filter((code) => code.startsWith("DELTA."));
    expect(raised.length).toBeGreaterThan(0);
    expect(raised.filter((code) => !known.includes(code))).toEqual([]);
  });

  it("lists each code once, in order", () => {
    expect(deltaErrorCodes).toEqual([...new Set(deltaErrorCodes)].toSorted());
  });

  it("knows its errors by their code", () => {
    expect([isDeltaError(tableClosed("file:///t")), isDeltaError({ code: "DELTA.CLOSED" })]).toEqual([true, false]);
  });
});
