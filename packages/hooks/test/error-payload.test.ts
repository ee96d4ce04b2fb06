import { describe, expect, it } from "vitest";
import { DeltaFuseError, InternalError } from "@deltafuse/config/errors";
import { toErrorPayload } from "../src/error-payload.ts";

describe("toErrorPayload", () => {
  it("keeps code, message and details of a DeltaFuse error", () => {
    const details = { line: 1, near: ["a", null], skipped: undefined };
    const error = new DeltaFuseError({
      code: "SQL.PARSE_ERROR",
      message: "Expected FROM.",
      details,
      cause: new Error(),
    });
    expect(toErrorPayload(error)).toEqual({
      code: "SQL.PARSE_ERROR",
      message: "Expected FROM.",
      details: { line: 1, near: ["a", null] },
    });
    expect(Object.isFrozen(details)).toBe(false);
  });

  it("judges by shape", () => {
    expect(toErrorPayload({ code: "A.B", message: "m", details: { a: true } })).toEqual({
      code: "A.B",
      message: "m",
      details: { a: true },
    });
  });

  it("makes details plain JSON", () => {
    const self: Record<string, unknown> = {
      big: 10n,
      nan: Number.NaN,
      fn: () => 1,
      date: new Date(0),
      list: [undefined],
    };
    self["self"] = self;
    const { details } = toErrorPayload({ code: "A.B", message: "m", details: self });
    expect(details).toMatchObject({ big: "10", nan: "NaN", date: {}, list: [null] });
    expect(() => JSON.stringify(details)).not.toThrow();
  });

  it.each([
    [new TypeError("t"), { code: "TypeError", message: "t", details: {} }],
    [Object.assign(new Error("missing"), { code: "ENOENT" }), { code: "ENOENT", message: "missing", details: {} }],
    [new DOMException("stop", "AbortError"), { code: "AbortError", message: "stop", details: {} }],
    ["text", { code: "UNKNOWN", message: "text", details: {} }],
    [undefined, { code: "UNKNOWN", message: "undefined", details: {} }],
  ])("describes %s", (error, payload) => {
    expect(toErrorPayload(error)).toEqual(payload);
  });

  it("names a bug by its class", () => {
    expect(toErrorPayload(new InternalError("x")).code).toBe("InternalError");
  });
});
