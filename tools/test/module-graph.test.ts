import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { moduleGraph } from "../module-graph.mjs";

describe("what a program loads that reads a file", () => {
  const loadedWith = moduleGraph();
  const first = ["@deltafuse/session-core/session", "@deltafuse/dataset-io/register"].map(loadedWith);
  const names = new Set(first.flatMap(({ files }) => [...files].map((file) => basename(file, ".ts"))));

  it("is no package from outside but zod", () => {
    expect(first.map(({ foreign }) => foreign)).toEqual([["zod"], ["zod"]]);
  });

  it("is what opens, registers and queries, and not what explains, measures and writes", () => {
    expect([...names]).toEqual(expect.arrayContaining(["session-opening", "dataset-publication", "frame-terminal"]));
    const later = [
      "plan-terminal",
      "plan-artifact",
      "plan-text",
      "lineage",
      "session-metrics",
      "write",
      "openTelemetry",
    ];
    expect(later.filter((name) => names.has(name))).toEqual([]);
  });
});
