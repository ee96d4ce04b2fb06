import { describe, expect, it } from "vitest";
import { formatTraceparent, parseTraceparent } from "../src/trace-context.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe("traceparent", () => {
  it.each([
    ["sampled", `00-${traceId}-${spanId}-01`, true],
    ["not sampled", `00-${traceId}-${spanId}-00`, false],
    ["unknown flags", `00-${traceId}-${spanId}-fe`, false],
    ["a later version", `01-${traceId}-${spanId}-01`, true],
    ["a later version with more fields", `cc-${traceId}-${spanId}-01-what-comes`, true],
  ])("reads %s", (_name, text, sampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId, spanId, sampled });
  });

  it.each([
    ["upper case", `00-${traceId.toUpperCase()}-${spanId}-01`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
    ["a span id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${traceId}-${spanId}-01`],
    ["version 00 with more fields", `00-${traceId}-${spanId}-01-what-comes`],
    ["a later version whose flags do not end", `01-${traceId}-${spanId}-011`],
    ["a short trace id", `00-${traceId.slice(1)}-${spanId}-01`],
    ["a short span id", `00-${traceId}-${spanId.slice(1)}-01`],
    ["missing flags", `00-${traceId}-${spanId}`],
    ["what is no hex", `00-${traceId.replace("a", "x")}-${spanId}-01`],
    ["space around it", ` 00-${traceId}-${spanId}-01 `],
    ["nothing", ""],
  ])("begins a new trace for %s", (_name, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it.each([true, false])("is written as it is read (sampled: %s)", (sampled) => {
    const trace = { traceId, spanId, sampled };
    expect(formatTraceparent(trace)).toBe(`00-${traceId}-${spanId}-0${sampled ? 1 : 0}`);
    expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
  });
});

it("tracestate passes through up to 512 characters", () => {
  const text = `00-${traceId}-${spanId}-01`;
  const state = `vendor=${"x".repeat(505)}`;
  expect(parseTraceparent(text, state)).toEqual({ traceId, spanId, sampled: true, tracestate: state });
  expect(parseTraceparent(text, `${state}x`)).toEqual({ traceId, spanId, sampled: true });
});
