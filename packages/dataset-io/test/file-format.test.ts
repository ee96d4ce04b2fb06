import { describe, expect, it } from "vitest";
import { fileNameFormat } from "../src/file-format.ts";

describe("fileNameFormat", () => {
  it.each([
    ["a.parquet", { format: "parquet", tabs: false }],
    ["a.CSV", { format: "csv", tabs: false }],
    ["/x.y/a.b.tsv.gz", { format: "csv", tabs: true }],
    ["a.json", { format: "ndjson", tabs: false }],
    ["a.jsonl.zst", { format: "ndjson", tabs: false }],
    ["a.ndjson.bz2", { format: "ndjson", tabs: false }],
    ["*.arrow", { format: "arrow", tabs: false }],
    ["a.arrows", { format: "arrow", tabs: false }],
    ["a.feather", { format: "arrow", tabs: false }],
  ])("knows %s", (name, expected) => {
    expect(fileNameFormat(name)).toEqual(expected);
  });

  it.each(["parquet", "a.parquet.gz", "a.gz", "a.txt", "a.parquet/", "", "folder.csv/part"])(
    "does not know %j",
    (name) => {
      expect(fileNameFormat(name)).toBeUndefined();
    },
  );
});
