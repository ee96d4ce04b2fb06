import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlanNode } from "../src/explain.ts";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;
const query = (): Frame => session.sql("SELECT value % 3 AS g, count(*) AS n FROM range(0, 100) GROUP BY 1 ORDER BY g");

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 2 } }));
});
afterAll(() => session.close());

describe("explain", () => {
  it("gives every text of the engine", async () => {
    const indent = await query().explain();
    expect(indent).toMatch(/^logical_plan\n/);
    expect(indent).toContain("physical_plan\n");
    expect(await query().explain({ verbose: true })).toContain("initial_physical_plan");
    expect(await query().explain({ statistics: true })).toContain("statistics=[Rows=");
    expect(await query().explain({ format: "tree" })).toContain("┌─");
    expect(await query().explain({ format: "pgjson" })).toContain('"Node Type": "Sort"');
    expect(await query().explain({ format: "graphviz" })).toContain("digraph");
  });

  it("runs the query to analyse it", async () => {
    const all = await query().explain({ analyze: true });
    expect(all).toContain("output_rows=3");
    expect(all).toContain("elapsed_compute=");
    const rows = await query().explain({ analyze: true, level: "summary", metrics: ["rows"] });
    expect(rows).toContain("output_rows=3");
    expect(rows).not.toContain("elapsed_compute=");
    expect(await query().explain({ analyze: true, verbose: true })).toContain("Plan with Metrics");
    expect(await query().explain({ format: "pgjson", analyze: true })).toContain('"Plan"');
  });

  it("refuses what the engine does not combine", async () => {
    const refusals = [
      [{ format: "tree", verbose: true }, "verbose"],
      [{ format: "graphviz", analyze: true }, "analyze"],
      [{ format: "tree", analyze: true }, "analyze"],
      [{ analyze: true, statistics: true }, "statistics"],
      [{ format: "pgjson", statistics: true }, "statistics"],
      [{ level: "dev" }, "level"],
      [{ metrics: ["rows"] }, "metrics"],
    ] as const;
    for (const [options, option] of refusals) {
      await expect(query().explain(options)).rejects.toMatchObject({
        code: "ENGINE.NOT_IMPLEMENTED",
        details: { option, format: "format" in options ? options.format : "indent" },
      });
    }
  });

  it("stops an analysis with its signal and obeys the policy", async () => {
    const endless =
      "SELECT count(*) FROM range(0, 100000) a, range(0, 100000) b WHERE a.value * 7 % 13 < b.value % 11 - 20";
    const signal = AbortSignal.timeout(300);
    const stopped: unknown = await session
      .sql(endless)
      .explain({ analyze: true, signal })
      .catch((error: unknown) => error);
    expect([signal.aborted, stopped]).toEqual([true, signal.reason]);
    const narrowed = session.sql("SELECT 1 AS a", { policy: { explainAnalyze: false } });
    await expect(narrowed.explain({ analyze: true })).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "explain_analyze" },
    });
    expect(await narrowed.explain()).toContain("physical_plan");
  });

  it("gives the physical plan as data", async () => {
    const root = await query().explain({ format: "nodes" });
    const all = (node: PlanNode): readonly PlanNode[] => [node, ...node.children.flatMap(all)];
    const nodes = all(root);
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, index) => index));
    expect([root.id, root.partitions, root.orderings]).toEqual([0, 1, ["g@0 ASC NULLS LAST"]]);
    const repartitioned = nodes.find(({ operator }) => operator === "RepartitionExec");
    expect(repartitioned?.partitions).toBe(2);
    expect(repartitioned?.properties).toMatchObject({ partitioning_scheme: expect.stringContaining("Hash") as string });
    expect(nodes.at(-1)).toMatchObject({ children: [], partitions: 1 });
    const values = await session.fromRows([{ a: 1 }, { a: 2 }]).explain({ format: "nodes" });
    expect(values.rows).toBe(2);
  });
});
