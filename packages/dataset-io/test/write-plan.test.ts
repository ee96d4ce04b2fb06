import { describe, expect, it } from "vitest";
import { type DestinationFacts, parseWrite, planWrite, type WriteSpec } from "../src/write-plan.ts";

const nothing: DestinationFacts = { exists: false, directory: false, empty: false, foreignFiles: [], isDelta: false };
const folder: DestinationFacts = { ...nothing, exists: true, directory: true };
const file: DestinationFacts = { ...nothing, exists: true };

describe("parseWrite", () => {
  it.each<[WriteSpec, object]>([
    [{ target: "out/x.parquet" }, { uri: "file:///base/out/x.parquet", path: "/base/out/x.parquet", single: true }],
    [{ target: "out/x" }, { uri: "file:///base/out/x", path: "/base/out/x", single: false }],
    [{ target: "out/x.y/" }, { uri: "file:///base/out/x.y/", path: "/base/out/x.y/", single: false }],
    [{ target: "out/.hidden" }, { uri: "file:///base/out/.hidden", path: "/base/out/.hidden", single: false }],
    [
      {
        target: { uri: "x.parquet", format: "parquet" },
        file: { single: false },
        partitionBy: ["month"],
        mode: "overwrite",
      },
      {
        uri: "file:///base/x.parquet",
        path: "/base/x.parquet",
        single: false,
        partitionBy: ["month"],
        mode: "overwrite",
      },
    ],
  ])("reads %j", (spec, expected) => {
    const defaults = { format: "parquet", mode: "error", partitionBy: [], options: {} };
    expect(parseWrite(spec, "/base")).toEqual({ ...defaults, ...expected });
  });

  it.each<[unknown, object]>([
    [
      { target: "x", modes: "error" },
      { option: "modes", reason: "there is no such option" },
    ],
    [
      { target: "x", format: { compresion: "zstd" } },
      { option: "format.compresion", reason: "there is no such option" },
    ],
    [
      { target: "x", mode: "append" },
      { option: "mode", reason: expect.any(String) },
    ],
    [
      { target: "x/", file: { single: true } },
      { option: "file.single", reason: "the target ends with / and so is a folder" },
    ],
    [
      { target: "x.parquet", partitionBy: ["a"] },
      { option: "partitionBy", reason: "one file has no folders; write to a folder" },
    ],
  ])("refuses %j", (spec, details) => {
    expect(() => parseWrite(spec as WriteSpec, "/base")).toThrow(
      expect.objectContaining({ code: "IO.WRITE_OPTION", details }),
    );
  });

  it.each<[WriteSpec["target"], string]>([
    ["x.csv", "csv"],
    [{ uri: "x/", format: "delta" }, "delta"],
  ])("does not write %j", (target, format) => {
    expect(() => parseWrite({ target }, "/base")).toThrow(
      expect.objectContaining({ code: "IO.WRITE_UNSUPPORTED", details: expect.objectContaining({ format }) }),
    );
  });
});

describe("planWrite", () => {
  const plan = (spec: WriteSpec, facts: DestinationFacts): unknown => planWrite(parseWrite(spec, "/base"), facts);

  it.each<[string, WriteSpec, DestinationFacts, boolean]>([
    ["to a free place", { target: "x" }, nothing, false],
    ["into an empty folder", { target: "x" }, { ...folder, empty: true }, false],
    ["over a folder of Parquet", { target: "x", mode: "overwrite" }, folder, true],
    ["over a Parquet file", { target: "x.parquet", mode: "overwrite" }, file, true],
  ])("allows a write %s", (_what, spec, facts, replaces) => {
    expect(plan(spec, facts)).toEqual({ ...parseWrite(spec, "/base"), method: "files", replaces });
  });

  it.each<[WriteSpec, DestinationFacts]>([
    [{ target: "x" }, folder],
    [{ target: "x" }, file],
    [{ target: "x.parquet" }, { ...folder, empty: true }],
  ])("refuses %j where there is something", (spec, facts) => {
    expect(() => plan(spec, facts)).toThrow(expect.objectContaining({ code: "IO.DESTINATION_EXISTS" }));
  });

  it.each<[string, WriteSpec["target"], DestinationFacts]>([
    ["a Delta table", "x", { ...folder, isDelta: true }],
    ["a folder by a file", "x.parquet", folder],
    ["a file by a folder", "x", file],
    ["files of another kind", "x", { ...folder, foreignFiles: ["notes.txt"] }],
  ])("does not replace %s", (_what, target, facts) => {
    expect(() => plan({ target, mode: "overwrite" }, facts)).toThrow(
      expect.objectContaining({
        code: "IO.DESTINATION_FOREIGN",
        details: expect.objectContaining({ files: facts.foreignFiles }),
      }),
    );
  });
});
