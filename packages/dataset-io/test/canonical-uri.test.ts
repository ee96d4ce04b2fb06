import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { absolutePath, canonicalUri } from "../src/canonical-uri.ts";

describe("absolutePath", () => {
  it.each([
    ["data/flights.parquet", "/base/data/flights.parquet"],
    ["./a/../b/", "/base/b/"],
    ["/data/a b%20c", "/data/a b%20c"],
    ["~/data/", `${homedir()}/data/`],
    ["~", homedir()],
    ["file:///data/a%20b%2520c/", "/data/a b%20c/"],
    ["FILE:///data/../x.csv", "/x.csv"],
    ["file://localhost/x.csv", "/x.csv"],
    ["..", "/"],
    ["/", "/"],
  ])("makes %s absolute", (text, path) => {
    expect(absolutePath(text, "/base")).toBe(path);
  });

  it.each([
    ["", "it is empty"],
    ["  ", "it is empty"],
    ["a\0b", "it holds a zero character"],
    ["s3://bucket/x", "only local files are read and written, not s3://"],
    ["file://user:secret@/x", "it cannot be read as a URL", "file:///x"],
    ["file:///x?y=1", "a file URL has no query; write ? as %3F", "file:///x?y=[redacted]"],
    ["file:///x#y", "a file URL has no fragment; write # as %23"],
    ["file://server/x", "it names the host server; write file:/// and an absolute path"],
    ["file:///a%2Fb", "a part of the path holds %2F or %00"],
  ])("refuses %j and tells no secret of it", (text, reason, told = text) => {
    expect(() => absolutePath(text, "/base")).toThrow(
      expect.objectContaining({ code: "IO.LOCATION_INVALID", details: { location: told, reason } }),
    );
  });
});

describe("canonicalUri", () => {
  it("is one URL for every way to write a place", () => {
    const texts = ["a b/é?#.csv", "/base/a b/é?#.csv", "./x/../a b/é?#.csv", "file:///base/a%20b/%C3%A9%3F%23.csv"];
    expect(texts.map((text) => canonicalUri(text, "/base"))).toEqual(
      texts.map(() => "file:///base/a%20b/%C3%A9%3F%23.csv"),
    );
  });

  it("keeps the slash that says that it is a folder", () => {
    expect(canonicalUri("data/", "/base")).toBe("file:///base/data/");
  });
});
