import { int64, utf8 } from "@deltafuse/schema/field-type";
import { contract } from "@deltafuse/schema/contract";
import { table } from "@deltafuse/schema/table-spec";
import { describe, expect, it } from "vitest";
import { type DatasetLocation, parseLocation, resolveLocation } from "../src/location.ts";

const spec = table("t", { id: int64(), name: utf8() });

describe("parseLocation", () => {
  it("takes a text as the uri and drops what is undefined", () => {
    expect(parseLocation("data/x.csv")).toEqual({ uri: "data/x.csv" });
    const loose = { uri: "x", scan: { csv: { header: false, delimiter: undefined } }, files: undefined };
    expect(parseLocation(loose as unknown as DatasetLocation)).toEqual({ uri: "x", scan: { csv: { header: false } } });
  });

  it.each([
    [
      { uri: "x", url: "y" },
      { location: "x", reason: "url: there is no such option" },
    ],
    [
      { uri: "x", files: [] },
      { location: "x", reason: expect.stringContaining("files: ") },
    ],
    [
      { uri: "x", schema: spec, contract: contract("t", { id: int64() }) },
      { location: "x", reason: "it has both a schema and a contract; a contract has its own columns" },
    ],
  ])("refuses %j", (input, details) => {
    const parse = (): unknown => parseLocation(input);
    expect(parse).toThrow(expect.objectContaining({ code: "IO.LOCATION_INVALID", details }));
  });

  it.each([
    [{ csv: { separator: ";" } }, { option: "scan.csv.separator", reason: "there is no such option" }],
    [{ csv: { delimiter: "||" } }, { option: "scan.csv.delimiter", reason: "it must be one byte" }],
    [{ csv: { quote: "é" } }, { option: "scan.csv.quote", reason: "it must be one byte" }],
    [{ partitioning: "hives" }, { option: "scan.partitioning", reason: expect.any(String) }],
  ])("refuses the scan options %j", (scan, details) => {
    const parse = (): unknown => parseLocation({ uri: "x", scan: scan as DatasetLocation["scan"] & object });
    expect(parse).toThrow(expect.objectContaining({ code: "IO.FORMAT_OPTION", details }));
  });
});

describe("resolveLocation", () => {
  const plain = { format: undefined, named: undefined, scan: {}, provider: undefined };
  const parquet = { format: "parquet", named: { format: "parquet", tabs: false } };

  it.each<[DatasetLocation, object]>([
    [{ uri: "a.parquet" }, { ...plain, ...parquet, uri: "file:///base/a.parquet", path: "/base/a.parquet" }],
    [{ uri: "data/" }, { ...plain, uri: "file:///base/data/", path: "/base/data/" }],
    [{ uri: "data" }, { ...plain, uri: "file:///base/data", path: "/base/data" }],
    [
      { uri: "data/2024-*/[ab]*.parquet" },
      { ...plain, ...parquet, uri: "file:///base/data/", path: "/base/data/", glob: "2024-*/[ab]*.parquet" },
    ],
    [{ uri: "*.dat" }, { ...plain, uri: "file:///base/", path: "/base/", glob: "*.dat" }],
    [{ uri: "file:///d/a*.parquet" }, { ...plain, ...parquet, uri: "file:///d/a*.parquet", path: "/d/a*.parquet" }],
    [
      { uri: "d", scan: { glob: "**/*.tsv" } },
      {
        ...plain,
        format: "csv",
        named: { format: "csv", tabs: true },
        uri: "file:///base/d/",
        path: "/base/d/",
        glob: "**/*.tsv",
        scan: { glob: "**/*.tsv" },
      },
    ],
    [
      { uri: "d", files: ["a.parquet", "/e/b.parquet"] },
      { ...plain, ...parquet, uri: "file:///base/d/", path: "/base/d/", files: ["/base/d/a.parquet", "/e/b.parquet"] },
    ],
    [
      { uri: "d", files: ["a.parquet", "b.csv"] },
      { ...plain, uri: "file:///base/d/", path: "/base/d/", files: ["/base/d/a.parquet", "/base/d/b.csv"] },
    ],
    [
      { uri: "x.csv", format: "delta", provider: { version: 1 } },
      { ...plain, format: "delta", uri: "file:///base/x.csv", path: "/base/x.csv", provider: { version: 1 } },
    ],
    [
      { uri: "a.parquet", schema: spec },
      { ...plain, ...parquet, uri: "file:///base/a.parquet", path: "/base/a.parquet", schema: spec },
    ],
  ])("resolves %j", (location, expected) => {
    const resolved = resolveLocation(location, "/base");
    expect(resolved).toEqual(expected);
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  it("reads no pattern into the base", () => {
    expect(resolveLocation({ uri: "x.csv" }, "/base/[1]*")).toMatchObject({ path: "/base/[1]*/x.csv" });
  });

  it.each<[DatasetLocation, string]>([
    [{ uri: "*.csv", scan: { glob: "*" } }, "it is a pattern, and scan.glob is another"],
    [{ uri: "*.csv", files: ["a.csv"] }, "it has a pattern and a list of files; give one"],
  ])("refuses %j", (location, reason) => {
    expect(() => resolveLocation(location, "/base")).toThrow(
      expect.objectContaining({ code: "IO.LOCATION_INVALID", details: { location: location.uri, reason } }),
    );
  });
});
