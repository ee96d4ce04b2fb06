import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { openSessionPool } from "@deltafuse/session-core/session-pool";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findDataset } from "../src/dataset-registry.ts";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";

let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "deltafuse-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("leaves no dataset of a lease behind, and brings back what a lease has dropped", async () => {
  const location = join(root, "numbers.parquet");
  const files: SessionExtension = {
    id: "files",
    version: 1,
    contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: null }] }),
    install: async (session) => {
      await writeDataset(session, { source: { rows: [{ n: 1 }] }, target: location });
      await registerDataset(session, "numbers", location);
    },
  };
  await using pool = await openSessionPool(parseProfile({ preset: "test" }), { size: 1, extensions: [files] });
  const lease = await pool.acquire();
  const known = findDataset(lease.session, "numbers");
  expect(known).toMatchObject({ name: "numbers", format: "parquet" });
  await lease.session.drop("table", "numbers");
  await registerDataset(lease.session, "others", location);
  expect(["numbers", "others"].map((name) => findDataset(lease.session, name)?.name)).toEqual([undefined, "others"]);
  await lease.close();
  await using next = await pool.acquire();
  expect(["numbers", "others"].map((name) => findDataset(next.session, name))).toEqual([known, undefined]);
  expect(await next.session.table("numbers").rows({ values: "plain" })).toEqual([{ n: 1 }]);
});
