import { parseProfile } from "@deltafuse/config/profile";
import { type PointInput, veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../src/create.ts";
import { deleteRows } from "../src/delete.ts";
import { history } from "../src/history.ts";
import { mergeTable, upsertRows } from "../src/merge.ts";
import { writeTable } from "../src/write.ts";

let root = "";
let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "deltafuse-"));
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test" }), { hooks });
});
afterEach(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const target = (): { readonly location: string } => ({ location: join(root, "t") });
const source = { rows: [{ n: 1 }] };

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

describe("beforeWrite", () => {
  it("asks about every change of a table", async () => {
    const asked: PointInput<"beforeWrite">[] = [];
    hooks.intercept("beforeWrite", (input) => {
      asked.push(input);
      return undefined;
    });
    const schema = [{ name: "n", type: { type: "int64" }, nullable: true }] as const;
    await createTable(session, target(), { schema, tableName: "numbers" });
    await writeTable(session, target(), { source, mode: "append", metadata: { job: "nightly" }, targetBytes: 1024 });
    await upsertRows(session, target(), { source, keys: ["n"] });
    const whenMatched = [{ action: "delete" }] as const;
    await mergeTable(session, target(), { source, on: "target.n = source.n", whenMatched, expectedVersion: 2 });
    await deleteRows(session, target(), { where: "n = 1", userMetadata: "cleaning" });
    const uri = pathToFileURL(join(root, "t")).href;
    const about = { target: uri, uri, format: "delta", mode: null, commitMetadata: {}, options: {} };
    expect(asked).toEqual([
      {
        ...about,
        operation: "CREATE TABLE",
        plan: { columns: [{ name: "n", type: "int64" }] },
        options: { tableName: "numbers" },
      },
      {
        ...about,
        operation: "WRITE",
        mode: "append",
        plan: {},
        commitMetadata: { job: "nightly" },
        options: { mode: "append", targetBytes: 1024 },
      },
      { ...about, operation: "MERGE", plan: { keys: ["n"] } },
      { ...about, operation: "MERGE", plan: { keys: null }, options: { expectedVersion: 2 } },
      { ...about, operation: "DELETE", plan: { where: "n = 1" }, options: { userMetadata: "cleaning" } },
    ]);
  });

  it("adds metadata to commits, and refuses reserved keys", async () => {
    let commitMetadata: Record<string, string> = { job: "nightly" };
    hooks.intercept("beforeWrite", (input) => ({
      replace: { commitMetadata: { ...input.commitMetadata, ...commitMetadata } },
    }));
    await writeTable(session, target(), { source, metadata: { team: "orders" } });
    const [entry] = await history(session, target());
    expect(entry?.metadata).toMatchObject({ job: "nightly", team: "orders" });
    expect(hooks.of("delta.committed")[0]?.commitMetadata).toEqual({ job: "nightly", team: "orders" });
    commitMetadata = { "deltafuse.engine": "mine" };
    await expect(writeTable(session, target(), { source, mode: "append" })).rejects.toEqual(
      code("DELTA.RESERVED_METADATA_KEY"),
    );
  });

  it("replaces options, which are read like given ones", async () => {
    let options: Record<string, string> = { mode: "append" };
    hooks.intercept("beforeWrite", () => ({ replace: { options } }));
    await writeTable(session, target(), { source });
    await writeTable(session, target(), { source, mode: "overwrite" });
    expect(await session.sql("SELECT 1").rows()).toHaveLength(1);
    expect(hooks.of("write.committed").map(({ mode }) => mode)).toEqual(["append", "append"]);
    expect(
      hooks.of("delta.committed").map(({ rowsInserted, filesRemoved }) => ({ rowsInserted, filesRemoved })),
    ).toEqual([
      { rowsInserted: 1, filesRemoved: 0 },
      { rowsInserted: 1, filesRemoved: 0 },
    ]);
    options = { modus: "append" };
    await expect(writeTable(session, target(), { source })).rejects.toEqual(code("DELTA.INVALID_SPEC"));
  });

  it("refuses before the table is touched or told of", async () => {
    hooks.intercept("beforeWrite", ({ operation }) => veto(`no ${operation} today`));
    const before = hooks.names().length;
    const reason = "no WRITE today";
    await expect(writeTable(session, target(), { source })).rejects.toEqual(code("HOOKS.VETOED", { reason }));
    await expect(deleteRows(session, target(), { where: "true" })).rejects.toEqual(code("HOOKS.VETOED"));
    expect(hooks.names().slice(before)).toEqual(["interceptor.vetoed", "interceptor.vetoed"]);
    expect(existsSync(join(root, "t"))).toBe(false);
  });
});
