import { existsSync } from "node:fs";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { tracingHooks } from "@deltafuse/hooks/testing-tracer";
import { veto } from "@deltafuse/hooks/interceptors";
import { expect, it } from "vitest";
import { deleteRows } from "../src/delete.ts";
import { upsertRows } from "../src/merge.ts";
import { writeTable } from "../src/write.ts";
import { testSite } from "./test-session.ts";

async function tracedSite() {
  const traced = tracingHooks();
  const site = await testSite({ hooks: traced.hooks });
  const operations = (kind: string) => traced.operations().filter((operation) => operation.kind === kind);
  return { traced, site, operations };
}

it("tells changes of tables, with the queries inside", async () => {
  const { traced, site, operations } = await tracedSite();
  await using _end = site;
  const target = { location: site.path("orders") };
  await writeTable(site.session, target, { source: { sql: "SELECT 1 AS id, 'secret' AS name" } });
  await upsertRows(site.session, target, { source: { rows: [{ id: 1, name: "b" }] }, keys: ["id"] });
  await deleteRows(site.session, target, { where: "id = 7" });
  expect(operations("delta")).toMatchObject([
    {
      name: "WRITE",
      parent: undefined,
      status: "ok",
      attributes: {
        "db.system.name": "datafusion",
        "db.operation.name": "WRITE",
        "deltafuse.delta.version": 0,
        "deltafuse.delta.attempts": 1,
        "deltafuse.write.rows": 1,
        "deltafuse.skipped": false,
      },
    },
    { name: "MERGE", status: "ok", attributes: { "deltafuse.delta.version": 1, "deltafuse.skipped": false } },
    { name: "DELETE", status: "ok", attributes: { "deltafuse.delta.version": 1, "deltafuse.skipped": true } },
  ]);
  const [source] = operations("query");
  expect(source).toMatchObject({ parent: operations("delta")[0]?.spanId, status: "ok" });
  const mutations = traced.hooks.telemetry.recorder.snapshot({ kinds: ["delta.mutation"] });
  expect(mutations.map(({ spanId }) => spanId)).toEqual(operations("delta").map(({ spanId }) => spanId));
  expect(JSON.stringify(traced.operations())).not.toContain("secret");
  expect(JSON.stringify(traced.operations())).not.toContain(site.path(""));
});

it("tells failures, refusals and aborts of changes", async () => {
  const { traced, site, operations } = await tracedSite();
  await using _end = site;
  const target = { location: site.path("orders") };
  await writeTable(site.session, target, { source: { rows: [{ id: 1 }] } });
  await writeTable(site.session, target, { source: { rows: [{ id: 1 }] } }).catch(() => undefined);
  const rule = traced.hooks.intercept("beforeWrite", () => veto("not now"));
  await deleteRows(site.session, target, { where: "id = 1" }).catch(() => undefined);
  rule.unsubscribe();
  const slow = { sql: "SELECT count(*) AS id FROM range(0, 4000000000)" };
  const signal = AbortSignal.timeout(30);
  await writeTable(site.session, target, { source: slow, mode: "append", signal }).catch(() => undefined);
  expect(operations("delta").map(({ name, status, error }) => ({ name, status, error }))).toEqual([
    { name: "WRITE", status: "ok", error: undefined },
    { name: "WRITE", status: "failed", error: "DELTA.TABLE_EXISTS" },
    { name: "DELETE", status: "failed", error: "HOOKS.VETOED" },
    { name: "WRITE", status: "cancelled", error: undefined },
  ]);
});

it("tells writes of files", async () => {
  const { site, operations } = await tracedSite();
  await using _end = site;
  const target = site.path("rows.parquet");
  await writeDataset(site.session, { source: { rows: [{ id: 1 }, { id: 2 }] }, target });
  await writeDataset(site.session, { source: { rows: [{ id: 1 }] }, target }).catch(() => undefined);
  expect(existsSync(target)).toBe(true);
  expect(operations("write").map(({ name, status, error }) => ({ name, status, error }))).toEqual([
    { name: "WRITE", status: "ok", error: undefined },
    { name: "WRITE", status: "failed", error: "IO.DESTINATION_EXISTS" },
  ]);
  expect(operations("write")[0]?.attributes).toEqual({
    "db.system.name": "datafusion",
    "db.operation.name": "WRITE",
    "deltafuse.write.rows": 2,
  });
});
