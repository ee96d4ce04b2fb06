import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../src/create.ts";
import { deleteRows } from "../src/delete.ts";
import { upsertRows } from "../src/merge.ts";
import { openTable } from "../src/table.ts";
import { writeTable } from "../src/write.ts";
import { openTestSession, rowsOf, type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
});
afterEach(() => site[Symbol.asyncDispose]());

const schema = [{ name: "n", type: { type: "int64" }, nullable: true }] as const;

function codes(results: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return results.map((result) => (result.status === "rejected" ? String(Reflect.get(result.reason, "code")) : "ok"));
}

describe("two writers on one table", () => {
  it("append both", async () => {
    await createTable(site.session, { location }, { schema });
    await using other = await openTestSession();
    const appends = Array.from({ length: 6 }, (_, n) =>
      writeTable(n % 2 === 0 ? site.session : other, { location }, { source: { rows: [{ n }] }, mode: "append" }),
    );
    const versions = (await Promise.all(appends)).map(({ version }) => version);
    expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await rowsOf(site.session, { location })).length).toBe(6);
  });

  it("have one winner when both expect the same version", async () => {
    const hooks = recordingHooks();
    await using other = await openTestSession({ hooks });
    await createTable(other, { location }, { schema });
    const append = (n: number): Promise<unknown> =>
      writeTable(other, { location }, { source: { rows: [{ n }] }, mode: "append", expectedVersion: 0 });
    const results = await Promise.allSettled([append(1), append(2), append(3)]);
    expect(codes(results).toSorted()).toEqual(["DELTA.VERSION_MISMATCH", "DELTA.VERSION_MISMATCH", "ok"]);
    expect((await rowsOf(other, { location })).length).toBe(1);
    expect(hooks.of("delta.conflict")).toMatchObject(
      [1, 2].map(() => ({
        tableUri: `file://${location}`,
        operation: "WRITE",
        attempt: 1,
        code: "DELTA.VERSION_MISMATCH",
        delayMs: 0,
        retrying: false,
      })),
    );
    await expect(append(4)).rejects.toMatchObject({
      code: "DELTA.VERSION_MISMATCH",
      details: { expected: 0, actual: 1 },
    });
  });

  it("lose nothing when both change the same rows: each change commits or is a typed conflict", async () => {
    const rows = Array.from({ length: 100 }, (_, n) => ({ n, by: "start" }));
    await writeTable(site.session, { location }, { source: { rows } });
    await using other = await openTestSession();
    const upsert = (by: string): Promise<unknown> => {
      const session = by === "a" ? site.session : other;
      return upsertRows(session, { location }, { source: { rows: rows.map(({ n }) => ({ n, by })) }, keys: ["n"] });
    };
    const results = await Promise.allSettled([
      upsert("a"),
      upsert("b"),
      deleteRows(other, { location }, { where: "n < 50" }),
    ]);
    for (const code of codes(results)) {
      expect(code).toMatch(/^(ok|DELTA\.(CONCURRENT_[A-Z_]+|COMMIT_ATTEMPTS_EXHAUSTED|COMMIT_FAILED))$/);
    }
    await using opened = await openTable(site.session, { location });
    expect(opened.snapshot().version).toBe(codes(results).filter((code) => code === "ok").length);
    const found = await rowsOf(site.session, { location });
    expect([50, 100]).toContain(found.length);
  });

  it("make a table once", async () => {
    await using other = await openTestSession();
    const results = await Promise.allSettled(
      [site.session, other, site.session].map((session) => createTable(session, { location }, { schema })),
    );
    expect(codes(results).toSorted()).toEqual(["DELTA.TABLE_EXISTS", "DELTA.TABLE_EXISTS", "ok"]);
  });
});
