import { describe, expect, it } from "vitest";
import { findingRecord, recordKinds } from "../src/record-kinds.ts";
import { bodyProblem } from "../src/record-validation.ts";
import { defineRecord } from "../src/record.ts";
import { fullBodies, minimalBodies } from "./sample-bodies.ts";

const kinds = Object.keys(recordKinds) as (keyof typeof recordKinds)[];

describe("record kinds", () => {
  it("are those of this release, at version 1, each under its own name", () => {
    expect(Object.fromEntries(kinds.map((kind) => [recordKinds[kind].kind, recordKinds[kind].version]))).toEqual({
      session: 1,
      settings: 1,
      plan: 1,
      "plan.rule": 1,
      execution: 1,
      cache: 1,
      runtime: 1,
      registration: 1,
      write: 1,
      "delta.mutation": 1,
      finding: 1,
      run: 1,
    });
  });

  it.each(kinds)("%s accepts a full body and the sample is full", (kind) => {
    expect(bodyProblem(recordKinds[kind], fullBodies[kind])).toBeUndefined();
    expect(Object.keys(fullBodies[kind])).toEqual(recordKinds[kind].fields.map(({ member }) => member));
  });

  it.each(kinds)("%s accepts a minimal body and refuses it without any of its members", (kind) => {
    const body = minimalBodies[kind];
    expect(bodyProblem(recordKinds[kind], body)).toBeUndefined();
    for (const member of Object.keys(body)) {
      expect(bodyProblem(recordKinds[kind], { ...body, [member]: undefined })).toEqual({
        path: member,
        reason: "it is missing",
      });
    }
  });

  it.each(kinds)("%s refuses a value of another type in every column, with its path", (kind) => {
    for (const { member } of recordKinds[kind].fields) {
      const problem = bodyProblem(recordKinds[kind], { ...fullBodies[kind], [member]: Symbol("x") });
      expect(problem?.path).toBe(member);
    }
  });

  it.each(kinds)("%s refuses an unknown column", (kind) => {
    expect(bodyProblem(recordKinds[kind], { ...fullBodies[kind], surplus: 1 })).toEqual({
      path: "surplus",
      reason: "the kind has no such column",
    });
  });
});

describe("bodyProblem", () => {
  const definition = defineRecord("test", 1, ["i i32", "l i64", "t ts", "m m", "s [{a s!, b [i64]}]", "x_json s"]);

  it.each([
    [{ i: 2 ** 31 }, "i", "it is not an integer of 32 bits"],
    [{ i: 1.5 }, "i", "it is not an integer of 32 bits"],
    [{ l: 2 ** 53 }, "l", "it is not a safe integer"],
    [{ l: "1" }, "l", "it is not a safe integer"],
    [{ t: Number.NaN }, "t", "it is not a safe integer of microseconds"],
    [{ m: { a: null } }, "m", "it is not an object of strings"],
    [{ m: new Map() }, "m", "it is not an object of strings"],
    [{ s: {} }, "s", "it is not a list"],
    [{ s: [{ a: "x" }, {}] }, "s[1].a", "it is missing"],
    [{ s: [{ a: "x", b: [1, "2"] }] }, "s[0].b[1]", "it is not a safe integer"],
    [{ s: [{ a: "x", c: 1 }] }, "s[0].c", "the kind has no such column"],
    [{ xJson: '{"b":1,"a":2}' }, "xJson", "it is not canonical JSON"],
    [{ xJson: "{" }, "xJson", "it is not canonical JSON"],
  ])("names where %j does not fit", (body, path, reason) => {
    expect(bodyProblem(definition, body)).toEqual({ path, reason });
  });

  it("accepts canonical JSON with integers that no number can hold", () => {
    expect(bodyProblem(definition, { xJson: '{"a":-12345678901234567890}' })).toBeUndefined();
  });
});

describe("defineRecord", () => {
  it("parses names and types", () => {
    expect(defineRecord("test", 1, ["reader_version_x [{a_b s!, c m}]"]).fields).toEqual([
      {
        name: "reader_version_x",
        member: "readerVersionX",
        nullable: true,
        type: {
          type: "list",
          item: {
            type: "struct",
            columns: [
              { name: "a_b", member: "aB", nullable: false, type: { type: "s" } },
              { name: "c", member: "c", nullable: true, type: { type: "m" } },
            ],
          },
        },
      },
    ]);
  });

  it.each(["a", "a f64", "aB s", "a {b {c s}}", "a [s", "a s!!"])("refuses the notation %j", (column) => {
    expect(() => defineRecord("test", 1, [column])).toThrow(/is not a column/);
  });

  it("lists the columns of a finding as the design does", () => {
    expect(findingRecord.columns).toEqual([
      "severity s!",
      "category s!",
      "code s!",
      "subject s",
      "message s!",
      "count i64",
      "details_json s",
    ]);
  });
});
