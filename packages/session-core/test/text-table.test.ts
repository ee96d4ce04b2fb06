import { describe, expect, it } from "vitest";
import { renderTextTable, type TextColumn } from "../src/text-table.ts";

const columns: readonly TextColumn[] = [
  { name: "origin", align: "left" },
  { name: "flights", align: "right" },
];

describe("renderTextTable", () => {
  it("aligns text at the left and numbers at the right", () => {
    expect(
      renderTextTable(columns, [
        ["ATL", "176013"],
        ["ORD", "9"],
      ]),
    ).toBe(
      [
        "+--------+---------+",
        "| origin | flights |",
        "+--------+---------+",
        "| ATL    |  176013 |",
        "| ORD    |       9 |",
        "+--------+---------+",
      ].join("\n"),
    );
  });

  it("draws nulls as NULL", () => {
    expect(renderTextTable(columns, [[null, null]]).split("\n")[3]).toBe("| NULL   |    NULL |");
  });

  it("draws the head alone when there are no rows", () => {
    expect(renderTextTable(columns, [])).toBe("+--------+---------+\n| origin | flights |\n+--------+---------+");
  });

  it("shortens long cells and keeps them on one line", () => {
    const text = renderTextTable([{ name: "text", align: "left" }], [["a\nb\tc\u0007d"], ["0123456789"]], {
      maxCellWidth: 8,
    });
    expect(text).toBe(
      ["+----------+", "| text     |", "+----------+", "| a\\nb\\tc… |", "| 0123456… |", "+----------+"].join("\n"),
    );
  });

  it("counts wide characters as two columns and combining ones as none", () => {
    expect(renderTextTable([{ name: "n", align: "left" }], [["日本"], ["e\u0301e"]])).toBe(
      ["+------+", "| n    |", "+------+", "| 日本 |", "| e\u0301e   |", "+------+"].join("\n"),
    );
  });
});
