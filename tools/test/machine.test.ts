import { describe, expect, it } from "vitest";
import { compilerProblem, isAtLeast, nodeProblem, platformProblem, rustProblem } from "../machine.mjs";

describe("isAtLeast", () => {
  it.each([
    ["1.95.0", "1.95", true],
    ["1.96", "1.95", true],
    ["2.0", "1.95", true],
    ["1.94.9", "1.95", false],
    ["0.99", "1.95", false],
  ])("compares %s with %s", (have, need, expected) => {
    expect(isAtLeast(have, need)).toBe(expected);
  });
});

describe("what a machine lacks", () => {
  it("names a Node that is too old", () => {
    expect(nodeProblem("20.18.3")).toBe(
      "DeltaFuse needs Node 20.19 or newer, but this is Node 20.18.3: install a newer Node and try again.",
    );
    expect(nodeProblem("20.19.0")).toBeUndefined();
    expect(nodeProblem("24.1.0")).toBeUndefined();
  });

  it("names an unsupported platform", () => {
    expect(platformProblem("freebsd", "x64")).toBe(
      "DeltaFuse does not support freebsd-x64: it builds on Linux, macOS and Windows, on x64 or arm64.",
    );
    expect(platformProblem("linux", "ia32")).toContain("linux-ia32");
    expect(platformProblem("linux", "x64")).toBeUndefined();
  });

  it("names a Rust that is missing or too old", () => {
    expect(rustProblem(undefined, "1.95")).toBe(
      "Rust is missing (no cargo and rustc on the PATH): install Rust 1.95 or newer with rustup and try again.",
    );
    expect(rustProblem("1.80.1", "1.95")).toBe(
      'DeltaFuse needs Rust 1.95 or newer, but this is 1.80.1: run "rustup update stable" and try again.',
    );
    expect(rustProblem("1.95.0", "1.95")).toBeUndefined();
  });

  it("names a missing C compiler", () => {
    expect(compilerProblem(false)).toContain("A C compiler is missing");
    expect(compilerProblem(true)).toBeUndefined();
  });
});
