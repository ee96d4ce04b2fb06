import { describe, expect, it } from "vitest";
import { invalidProfile, notCanonical } from "../src/config-errors.ts";
import {
  assertNever,
  ConfigError,
  configErrorCodes,
  DeltaFuseError,
  InternalError,
  invariant,
  errorCode,
  isDeltaFuseError,
} from "../src/errors.ts";

describe("DeltaFuseError", () => {
  it("keeps code, details, message and cause", () => {
    const cause = new RangeError("below");
    const error = new DeltaFuseError({ code: "IO.NOT_FOUND", message: "No file.", details: { path: "/x" }, cause });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: "DeltaFuseError",
      code: "IO.NOT_FOUND",
      details: { path: "/x" },
      message: "No file.",
      cause,
    });
  });

  it("has no cause when none is given", () => {
    expect("cause" in new DeltaFuseError({ code: "A.B", message: "m", details: {} })).toBe(false);
  });
});

it.each([
  ["CONFIG.INVALID_SIZE", { code: "CONFIG.INVALID_SIZE", message: "m", details: {} }],
  ["ENOENT", Object.assign(new Error("gone"), { code: "ENOENT" })],
  ["RangeError", new RangeError("too long")],
  ["AbortError", new DOMException("gone", "AbortError")],
  ["UNKNOWN", "a text"],
  ["UNKNOWN", undefined],
])("errorCode is %s", (code, thrown) => {
  expect(errorCode(thrown)).toBe(code);
});

describe("isDeltaFuseError", () => {
  it("judges the shape and the start of the code", () => {
    const error = notCanonical("a", "because");
    expect(isDeltaFuseError(error)).toBe(true);
    expect(isDeltaFuseError(error, "CONFIG.")).toBe(true);
    expect(isDeltaFuseError(error, "CONFIG.NOT_CANONICAL")).toBe(true);
    expect(isDeltaFuseError(error, "SQL.")).toBe(false);
    expect(isDeltaFuseError({ code: "SQL.PARSE", message: "copy of the package", details: {} })).toBe(true);
  });

  it.each([
    undefined,
    null,
    "CONFIG.INVALID_SIZE",
    new Error("plain"),
    new InternalError("bug"),
    Object.assign(new Error("node"), { code: "ENOENT", details: {} }),
    { code: "SQL.PARSE", message: "no details" },
    { code: "SQL.PARSE", message: 1, details: {} },
  ])("refuses %s", (value) => {
    expect(isDeltaFuseError(value)).toBe(false);
  });
});

describe("ConfigError", () => {
  it("lists each issue on a line of its own", () => {
    const error = invalidProfile([
      { code: "UNKNOWN_FIELD", path: "memory.limt", message: "This field does not exist.", suggestion: '"limit"' },
      { code: "INVALID_VALUE", path: "", message: "Expected an object." },
    ]);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.name).toBe("ConfigError");
    expect(error.message).toBe(
      [
        "The profile has 2 problems.",
        '  memory.limt: This field does not exist. Did you mean "limit"?',
        "  (profile): Expected an object.",
      ].join("\n"),
    );
    expect(error.details.issues).toHaveLength(2);
  });

  it("knows its codes in order", () => {
    expect(configErrorCodes).toEqual(configErrorCodes.toSorted());
    expect(configErrorCodes.every((code) => code.startsWith("CONFIG."))).toBe(true);
  });
});

describe("bugs", () => {
  it("are internal errors that ask for a report", () => {
    expect(new InternalError("The map is empty").message).toBe(
      "The map is empty. This is a bug in DeltaFuse; please report it.",
    );
    expect(() => invariant(false, "Never")).toThrow(InternalError);
    expect(() => assertNever("x" as never, "mode")).toThrow("Unexpected mode x");
  });

  it("are not raised by what holds", () => {
    expect(() => invariant(1, "Never")).not.toThrow();
  });
});

describe("an error that is made from a foreign text", () => {
  const url = "s3://me:hunter2@bucket/t?sig=hunter2";
  const clean = "s3://bucket/t?sig=[redacted]";

  it("loses the secrets that show by their form, at every depth", () => {
    const details = { url, list: [{ note: "password=hunter2", n: 1n }], none: null };
    const { message, details: kept } = new DeltaFuseError({ code: "TEST.FAILED", message: `No ${url}.`, details });
    expect(message).toBe(`No ${clean}.`);
    expect(kept).toEqual({ url: clean, list: [{ note: "password=[redacted]", n: 1n }], none: null });
  });

  it("keeps details without secrets as they are", () => {
    const details = { list: [{ path: "a.b" }], at: new Date(0) };
    const error = new DeltaFuseError({ code: "TEST.FAILED", message: "No.", details });
    expect(error.details).toBe(details);
  });
});
