import { describe, expect, it } from "vitest";
import { blindCast } from "@deltafuse/config/casts";
import type { Engine } from "../src/contestant.ts";
import type { WorkloadContext } from "../src/workload.ts";
import { smallWorkloads } from "../src/workloads/small.ts";

/** Texts that a workload asks in two runs. */
async function askedBy(id: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const query = (sql: string) => Promise.resolve({ rows: asked.push(sql) });
  const engine = blindCast<Engine, "the workload asks queries only">({ query });
  const context = blindCast<WorkloadContext, "the workload does not look at it">({});
  const run = await smallWorkloads.find((one) => one.id === id)?.setup(engine, context);
  await run?.run();
  await run?.run();
  return asked;
}

describe("small queries", () => {
  it("are other texts every time where they are planned anew, since plans are kept by the text", async () => {
    const asked = await askedBy("small.parquet");
    expect({ queries: asked.length, texts: new Set(asked).size }).toEqual({ queries: 200, texts: 200 });
  });

  it("are one text where nothing else is said", async () => {
    expect(new Set(await askedBy("small.select-42"))).toEqual(new Set(["SELECT 42 AS answer"]));
  });
});
