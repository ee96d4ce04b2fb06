import { describe, expect, it } from "vitest";
import { drained, openSession, rowCount, streamed } from "./native-call.ts";

describe("a fair pool of 2 MB", () => {
  const settings = [
    ["datafusion.execution.batch_size", "64"],
    ["datafusion.execution.target_partitions", "2"],
  ];
  const runtimeEnv = { memory: { pool: "fair", limitBytes: 2_000_000, topConsumers: 3 } };
  const sql =
    "SELECT g, count(DISTINCT md5(concat('', v))) AS n FROM (SELECT value % 100 AS g, value AS v FROM range(0, 40000)) GROUP BY g";

  it("lets every run of an aggregation that spills end", async () => {
    const groups: number[] = [];
    for (let run = 0; run < 12; run++) {
      const session = await openSession({ settings, runtimeEnv });
      groups.push(rowCount(await drained(await streamed(session, sql))));
      session.close();
    }
    expect(groups).toEqual(Array.from({ length: 12 }, () => 100));
  });
});
