import { InternalError } from "@deltafuse/config/errors";
import { describe, expect, it } from "vitest";
import { decodeNativeError } from "../src/native-call.ts";
import { progressOf } from "../src/progress-watch.ts";

describe("decodeNativeError", () => {
  it("keeps code, message, details and the chain of causes", () => {
    const envelope = {
      deltafuse: 1,
      code: "SQL.PARSE_ERROR",
      message: "Expected an expression.",
      details: { line: 1, column: 8 },
      causes: [{ message: "outer" }, { message: "inner", code: "ENGINE.ARROW" }],
      location: "engine::sql",
    };
    const error = decodeNativeError(new Error(JSON.stringify(envelope)));
    expect(error).toMatchObject({
      code: "SQL.PARSE_ERROR",
      message: "Expected an expression.",
      details: { line: 1, column: 8 },
      cause: { message: "outer", code: undefined, cause: { message: "inner", code: "ENGINE.ARROW" } },
    });
  });

  it("leaves out the middle of a message that holds a document", () => {
    const message = `Expected an object, found ${"[1]".repeat(10_000)}. The file is damaged.`;
    const envelope = { deltafuse: 1, code: "ENGINE.ARROW", message, details: {}, causes: [{ message }] };
    const error = decodeNativeError(new Error(JSON.stringify(envelope)));
    expect(error.message).toMatch(/^Expected an object, found [^…]+ … [^…]+ The file is damaged\.$/);
    expect(error.message).toHaveLength(1003);
    expect(error.cause).toMatchObject({ message: error.message });
  });

  it("takes anything else for a bug and keeps it as the cause", () => {
    const odd = new TypeError("Failed to convert");
    const error = decodeNativeError(odd);
    expect(error).toBeInstanceOf(InternalError);
    expect(error.cause).toBe(odd);
    expect(decodeNativeError(new Error('{"deltafuse":2}'))).toBeInstanceOf(InternalError);
  });
});

describe("progressOf", () => {
  it("reads the counters of the engine; files only when the plan has some", () => {
    const counters = { phase: "running", rows: 5, bytes: 40, filesDone: 1, filesTotal: 3, spilledBytes: 0 };
    expect(progressOf(JSON.stringify(counters), 12)).toEqual({
      phase: "running",
      rows: 5,
      bytes: 40,
      files: { done: 1, total: 3 },
      spilledBytes: 0,
      elapsedMs: 12,
    });
    expect(progressOf(JSON.stringify({ ...counters, filesDone: 0, filesTotal: 0 }), 12)).not.toHaveProperty("files");
  });
});
