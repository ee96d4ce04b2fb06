import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { datasets } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import type { WriteSource } from "@deltafuse/dataset-io/write-source";
import { type RecordingHooks, recordingHooks } from "@deltafuse/hooks/testing";
import { tableFromArrays } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeTable } from "../src/write.ts";
import { testSite, type TestSite } from "./test-session.ts";

const sql = "SELECT value AS id, abs(value - 5) AS n FROM range(0, 10) WHERE value > 2";

let hooks: RecordingHooks;
let site: TestSite;

beforeEach(async () => {
  hooks = recordingHooks();
  const extensions = [datasets({ catalog: createDatasetCatalog({}) })];
  site = await testSite({ hooks, extensions }, { sql: { policy: "admin" } });
});
afterEach(() => site[Symbol.asyncDispose]());

/** The fingerprint of the plan of a query that runs. */
async function ran(): Promise<string | null | undefined> {
  await site.session.sql(sql).rows();
  return hooks.of("plan.compiled").at(-1)?.fingerprint;
}

async function written(source: WriteSource, name: string): Promise<unknown> {
  await writeTable(site.session, { location: site.path(name) }, { source, mode: "append" });
  return hooks.of("write.committed").at(-1)?.planFingerprint;
}

describe("the fingerprint of the plan of a write", () => {
  it("is that of the query, in the record too, for every way to write it", async () => {
    const { session } = site;
    const fingerprint = await ran();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    await writeDataset(session, { source: { sql }, target: site.path("one.parquet") });
    await session.execute(`COPY (${sql}) TO '${site.path("copied/")}'`);
    expect(await written({ sql }, "table")).toBe(fingerprint);
    expect(await written(session.sql(sql), "table")).toBe(fingerprint);
    expect(hooks.of("write.committed").map(({ planFingerprint }) => planFingerprint)).toEqual(
      Array.from({ length: 4 }, () => fingerprint),
    );
    const records = hooks.telemetry.recorder.snapshot({ kinds: ["write"] });
    expect(records.map(({ body }) => body["planFingerprint"])).toEqual(Array.from({ length: 4 }, () => fingerprint));
    expect(await written(session.sql(`${sql} AND value < 9`), "table")).not.toBe(fingerprint);
  });

  it("is there for what the table has in another order or as another type", async () => {
    expect(await written({ sql }, "table")).toBe(await ran());
    const turned = "SELECT n, CAST(id AS INT) AS id FROM (SELECT 1 AS id, 2 AS n)";
    expect(await written({ sql: turned }, "table")).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is missing for rows that are no plan, and for a write of nothing", async () => {
    const { batches } = tableFromArrays({ id: BigInt64Array.of(1n), n: BigInt64Array.of(2n) });
    async function* iterable() {
      yield* batches;
    }
    expect(await written(iterable(), "table")).toBeNull();
    await writeTable(site.session, { location: site.path("table") }, { source: { sql }, mode: "ignore" });
    expect(hooks.telemetry.recorder.snapshot({ kinds: ["write"] }).at(-1)?.body).toMatchObject({
      status: "skipped",
      planFingerprint: null,
    });
  });
});
