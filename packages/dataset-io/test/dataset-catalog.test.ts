import { describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";

describe("createDatasetCatalog", () => {
  const catalog = createDatasetCatalog({ flights: "data/flights.parquet", airports: { uri: "data/airports.csv" } });

  it("knows its datasets by name", () => {
    expect(catalog.names).toEqual(["airports", "flights"]);
    expect([catalog.has("flights"), catalog.has("Flights")]).toEqual([true, false]);
    expect(catalog.get("flights")).toEqual({ uri: "data/flights.parquet" });
  });

  it("is never changed", () => {
    const more = catalog.with({ routes: "r.csv", flights: "f.csv" });
    expect([more.names, more.get("flights").uri]).toEqual([["airports", "flights", "routes"], "f.csv"]);
    expect(more.without("routes", "airports").names).toEqual(["flights"]);
    expect(catalog.names).toEqual(["airports", "flights"]);
  });

  it("names what there is instead of an unknown dataset", () => {
    const unknown = { code: "IO.DATASET_UNKNOWN", details: { name: "fligths", known: ["airports", "flights"] } };
    expect(() => catalog.get("fligths")).toThrow(expect.objectContaining(unknown));
    expect(() => catalog.without("fligths")).toThrow(expect.objectContaining(unknown));
  });

  it("refuses a location that is none", () => {
    expect(() => createDatasetCatalog({ t: { uri: "x", scan: { csv: { quote: "''" } } } })).toThrow(
      expect.objectContaining({ code: "IO.FORMAT_OPTION" }),
    );
  });
});
