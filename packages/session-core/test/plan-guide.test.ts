// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { diffOptimizerTraces } from "@deltafuse/session-core/optimizer-trace";
import { renderProfile } from "@deltafuse/session-core/query-profile";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { expect, it } from "vitest";

it("tells where the time of a query went", async () => {
  await using session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 2 } }));
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  // #region profile
  const joined = session.sql(
    `SELECT a.value % 5 AS g, count(*) AS n
     FROM range(0, 10000) a JOIN range(0, 100) b ON a.value % 100 = b.value GROUP BY 1`,
  );
  const profile = await joined.profile();
  print(renderProfile(profile));
  // finished, 5 rows, 21 ms, peak memory 84.5 KiB
  // …
  //         HashJoinExec: mode=CollectLeft, … [10000 rows, 3.42 ms, build 0.27 ms, probe 3.15 ms]
  // #endregion
  expect([profile.status, profile.rows]).toEqual(["finished", 5]);
  expect(printed[0]).toMatch(/^finished, 5 rows/);
  expect(printed[0]).toMatch(/HashJoinExec: .*\[10000 rows, .*build .* ms, probe .* ms\]/);
});

it("profiles a stream that was stopped", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region stopped
  const stream = await session.sql("SELECT value FROM range(0, 1000000)").stream();
  for await (const batch of stream.columns()) if (batch.rows > 0) break;
  const { status, root } = await stream.profile();
  // status: "stopped"
  // #endregion
  expect([status, root?.operator]).toEqual(["stopped", "LazyMemoryExec"]);
});

it("explains, traces and looks at filters", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  await session.createView("flights", session.fromRows([{ id: 1, day: 2 }]));
  const query = session.sql("SELECT id FROM flights WHERE day = 1 + 1");
  // #region explain
  const drawn = await query.explain({ format: "tree" });
  const measured = await query.explain({ analyze: true, level: "summary", metrics: ["rows"] });
  const { operator, partitions, children } = await query.explain({ format: "nodes" });
  // #endregion
  expect(drawn).toContain("FilterExec");
  expect(measured).toContain("output_rows");
  expect([operator, partitions, children.length]).toEqual(["FilterExec", 1, 1]);
  // #region trace
  const steps = await query.optimizerTrace();
  const changes = steps.filter(({ changed }) => changed).map(({ phase, rule }) => `${phase} ${rule}`);
  // ["analyzer type_coercion", "optimizer simplify_expressions", …]

  const without = await query.optimizerTrace({ disable: ["simplify_expressions"], text: "none" });
  const { first } = diffOptimizerTraces(steps, without);
  // first: { phase: "optimizer", pass: 0, rule: "simplify_expressions", after: null, … }
  // #endregion
  expect(changes).toContain("optimizer simplify_expressions");
  expect(first).toMatchObject({ rule: "simplify_expressions", after: null });
  // #region pushdown
  const [filter] = await query.pushdown();
  // { filter: "… day = 2", support: "unsupported", inScan: false, residual: true, verdict: "satisfied" }
  // #endregion
  expect(filter).toMatchObject({ support: "unsupported", inScan: false, residual: true, verdict: "satisfied" });
});
