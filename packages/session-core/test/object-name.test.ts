import { describe, expect, it } from "vitest";
import { objectName } from "../src/object-name.ts";

describe("objectName", () => {
  it.each([
    ["flights", ["flights"]],
    ["views.Flights", ["views", "Flights"]],
    ["c.s.t", ["c", "s", "t"]],
    ['"a.b"."say ""hi"""', ["a.b", 'say "hi"']],
    ["with space", ["with space"]],
  ])("splits %s", (text, parts) => {
    expect(objectName(text)).toEqual(parts);
  });

  it.each(["", ".", "a.", ".a", "a..b", "a.b.c.d", '"a', 'a"b', '""'])("refuses %j", (text) => {
    expect(() => objectName(text)).toThrow(expect.objectContaining({ code: "SQL.PARSE_ERROR" }));
  });
});
