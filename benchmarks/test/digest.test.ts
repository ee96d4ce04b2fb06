import { describe, expect, it } from "vitest";
import { disagreement, firstDifference, parseAnswer, sameCell } from "../src/answers.ts";
import { correctnessOf } from "../src/agreement.ts";
import type { Outcome } from "../src/child-process.ts";
import { cellText, digestOf, type ResultTable } from "../src/digest.ts";

const table = (rows: ResultTable["rows"]): ResultTable => ({
  columns: [
    { name: "name", type: "text" },
    { name: "amount", type: "decimal" },
    { name: "ratio", type: "float" },
  ],
  rows,
});
const rows = [
  ["a", "1.50", 0.1],
  ["b", "2.50", 0.2],
] as const;

describe("cellText", () => {
  it("is the same for the same value, whatever an engine makes of it", () => {
    expect([cellText(42n, "int"), cellText(42, "int")]).toEqual(["42", "42"]);
    expect([cellText(0.1 + 0.2, "float"), cellText(0.3, "float")]).toEqual(["0.3", "0.3"]);
    expect([cellText(-0, "float"), cellText("-0.00", "decimal"), cellText("-0.10", "decimal")]).toEqual([
      "0",
      "0.00",
      "-0.10",
    ]);
    expect(cellText(1.234567894e10, "float")).toBe("12345678900");
    expect([cellText(null, "text"), cellText("", "text"), cellText(1_000_000n, "timestamp")]).toEqual([
      "∅",
      "",
      "1000000",
    ]);
  });
});

describe("digestOf", () => {
  it("is equal for reordered rows, unless the query orders them", () => {
    const [one, other] = [table(rows), table(rows.toReversed())];
    expect(digestOf(one, { ordered: false })).toEqual(digestOf(other, { ordered: false }));
    expect(digestOf(one, { ordered: true }).sha256).not.toBe(digestOf(other, { ordered: true }).sha256);
  });

  it("differs for one changed value, a changed scale, another name and another type", () => {
    const base = digestOf(table(rows), { ordered: false }).sha256;
    const [first, second] = rows;
    const others = [
      table([first, ["b", "2.51", 0.2]]),
      table([first, ["b", "2.5", 0.2]]),
      table([first, second, second]),
      { ...table(rows), columns: table(rows).columns.map((column) => ({ ...column, name: `${column.name}_` })) },
      { ...table(rows), columns: table(rows).columns.map(({ name }) => ({ name, type: "text" as const })) },
    ];
    const digests = others.map((one) => digestOf(one, { ordered: false }).sha256);
    expect(new Set([base, ...digests]).size).toBe(6);
  });

  it("does not see what is beyond nine digits of a float", () => {
    const near = table([["a", "1.50", 0.1 + 1e-12], rows[1]]);
    expect(digestOf(near, { ordered: false }).sha256).toBe(digestOf(table(rows), { ordered: false }).sha256);
  });
});

describe("answers", () => {
  it("compare texts, dates and integers exactly, other numbers at the scale that is printed", () => {
    expect([sameCell("R", "R"), sameCell("R", "A"), sameCell("1995-03-05", "1995-03-06")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([sameCell("12", "12"), sameCell("12", "13"), sameCell("12", "012")]).toEqual([true, false, false]);
    expect([sameCell("25.52", "25.522006"), sameCell("25.52", "25.53"), sameCell("0.05", "0.050")]).toEqual([
      true,
      false,
      true,
    ]);
    expect([sameCell("25.52", "∅"), sameCell("1e3", "1000")]).toEqual([false, true]);
  });

  it("name row and column of the first cell that differs", () => {
    const official = parseAnswer('l_returnflag,note,sum_qty\nA,"one, ""two""",37734107.00\nN,,991417.00\n');
    expect(official.rows[0]).toEqual(["A", 'one, "two"', "37734107.00"]);
    const found = { columns: official.columns, rows: [official.rows[0] ?? [], ["N", "", "991417.01"]] };
    expect(firstDifference(official, found)).toEqual({
      row: 2,
      column: "sum_qty",
      wanted: "991417.00",
      found: "991417.01",
    });
    expect(firstDifference(official, official)).toBeNull();
    expect(firstDifference(official, { ...found, rows: [] })).toMatchObject({
      row: 1,
      wanted: "2 rows",
      found: "0 rows",
    });
  });

  it("agree where two engines only print another scale or call a type otherwise", () => {
    const printed = digestOf({ columns: [{ name: "a", type: "decimal" }], rows: [["25.522006"]] }, { ordered: true });
    const computed = digestOf({ columns: [{ name: "A", type: "float" }], rows: [[25.522005853]] }, { ordered: true });
    expect(disagreement(printed, computed)).toBeNull();
    expect(disagreement({ ...printed, cells: null }, computed)).toMatch(/^1 rows .* instead of 1 rows/);
  });
});

describe("correctnessOf", () => {
  const digestOfValue = (value: string) =>
    digestOf({ columns: [{ name: "n", type: "decimal" }], rows: [[value]] }, { ordered: true });
  const found = (value: string, answer = "1 row"): readonly Outcome[] => {
    const digest = digestOfValue(value);
    return [{ kind: "measured", samples: [], answer: [answer], digest, counters: null, plan: null }];
  };
  const kinds = (result: ReturnType<typeof correctnessOf>) =>
    Object.fromEntries(Object.entries(result).map(([name, { kind }]) => [name, kind]));
  const nothing = { baseline: null, official: null, confirmedBy: null };

  it("takes the floor for right, then what is committed, and an official answer before both", () => {
    const outcomes = { deltafuse: found("1.00"), floor: found("1.00"), duckdb: found("1.01") };
    expect(kinds(correctnessOf({ ...nothing, outcomes }))).toEqual({
      deltafuse: "right",
      floor: "right",
      duckdb: "wrong",
    });
    const official = { columns: ["n"], rows: [["1.01"]] };
    expect(kinds(correctnessOf({ ...nothing, outcomes, official }))).toEqual({
      deltafuse: "wrong",
      floor: "wrong",
      duckdb: "right",
    });
    const baseline = { rows: 1, sha256: "another" };
    expect(kinds(correctnessOf({ ...nothing, baseline, outcomes: { deltafuse: found("1.00") } }))).toEqual({
      deltafuse: "wrong",
    });
  });

  it("doubts DeltaFuse where only a peer contradicts, and says nothing about one alone", () => {
    const contradicted = { deltafuse: found("1.00"), duckdb: found("1.01") };
    expect(kinds(correctnessOf({ ...nothing, outcomes: contradicted }))["deltafuse"]).toBe("wrong");
    expect(kinds(correctnessOf({ ...nothing, outcomes: { deltafuse: found("1.00") } }))).toEqual({
      deltafuse: "unchecked",
    });
  });

  it("does not believe the floor alone where a peer has to confirm it", () => {
    const outcomes = { deltafuse: found("1.00"), floor: found("1.00"), duckdb: found("1.01") };
    const confirmed = { ...nothing, confirmedBy: "duckdb" };
    const doubtful = correctnessOf({ ...confirmed, outcomes });
    expect(kinds(doubtful)).toEqual({ deltafuse: "wrong", floor: "wrong", duckdb: "wrong" });
    expect(doubtful["floor"]).toMatchObject({ why: expect.stringMatching(/^duckdb contradicts and nothing else /) });
    const right = { deltafuse: "right", floor: "right", duckdb: "wrong" };
    const official = { columns: ["n"], rows: [["1.00"]] };
    expect(kinds(correctnessOf({ ...confirmed, outcomes, official }))).toEqual(right);
    const baseline = { rows: 1, sha256: digestOfValue("1.00").sha256 };
    expect(kinds(correctnessOf({ ...confirmed, outcomes, baseline }))).toEqual(right);
    const agreed = { ...outcomes, duckdb: found("1.00") };
    expect(kinds(correctnessOf({ ...confirmed, outcomes: agreed }))).toEqual({ ...right, duckdb: "right" });
  });

  it("does not trust who finds something else in another round", () => {
    const outcomes = { deltafuse: [...found("1.00"), ...found("1.00", "2 rows")], floor: found("1.00") };
    expect(kinds(correctnessOf({ ...nothing, outcomes }))).toMatchObject({ deltafuse: "wrong", floor: "right" });
  });
});
