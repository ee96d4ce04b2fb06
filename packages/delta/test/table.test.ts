import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { contract } from "@deltafuse/schema/contract";
import { int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../src/create.ts";
import { history } from "../src/history.ts";
import { readTable } from "../src/scan.ts";
import { openTable, tableExists, type TableInput } from "../src/table.ts";
import { writeTable } from "../src/write.ts";
import { openTestSession, rowsOf, type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
});
afterEach(() => site[Symbol.asyncDispose]());

/** Writes versions 0 to 2, each with one row more. */
async function threeVersions(): Promise<void> {
  for (const n of [0, 1, 2]) {
    await writeTable(site.session, { location }, { source: { rows: [{ n }] }, mode: "append" });
  }
}

describe("openTable", () => {
  it("knows the table at one version", async () => {
    const { session } = site;
    await createTable(
      session,
      { location },
      {
        schema: table("t", { id: int64(), month: utf8() }),
        partitionBy: ["month"],
        properties: { "delta.appendOnly": "false" },
        tableName: "flights",
        description: "all of them",
      },
    );
    await using opened = await openTable(session, { location });
    expect(opened.snapshot()).toEqual({
      uri: `file://${location}`,
      tableId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "flights",
      description: "all of them",
      version: 0,
      timestampMs: expect.any(Number),
      minReaderVersion: expect.any(Number),
      minWriterVersion: expect.any(Number),
      readerFeatures: [],
      writerFeatures: [],
      properties: { "delta.appendOnly": "false" },
      fields: [
        { name: "id", type: { type: "int64" }, nullable: true },
        { name: "month", type: { type: "utf8" }, nullable: true },
      ],
      partitionColumns: ["month"],
      schemaHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      schemaIdentityHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect([opened.uri, opened.pinned]).toEqual([`file://${location}`, false]);
  });

  it("stays at its version until it is refreshed, and for ever when pinned", async () => {
    const { session } = site;
    await threeVersions();
    await using live = await openTable(session, { location });
    await using pinned = await openTable(session, { location, version: 1 });
    await writeTable(session, { location }, { source: { rows: [{ n: 3 }] }, mode: "append" });
    expect([live.snapshot().version, pinned.snapshot().version, pinned.pinned]).toEqual([2, 1, true]);
    expect([(await live.refresh()).version, (await pinned.refresh()).version]).toEqual([3, 1]);
    expect((await rowsOf(session, pinned)).length).toBe(2);
  });

  it("is over after close", async () => {
    await threeVersions();
    const opened = await openTable(site.session, { location });
    await opened.close();
    await opened.close();
    const closed = { code: "DELTA.CLOSED", details: { uri: `file://${location}` } };
    expect(() => opened.snapshot()).toThrow(expect.objectContaining(closed));
    await expect(opened.refresh()).rejects.toMatchObject(closed);
    await expect(readTable(site.session, opened)).rejects.toMatchObject(closed);
  });

  it("tells what is wrong with a place", async () => {
    const { session } = site;
    await threeVersions();
    mkdirSync(site.path("folder"));
    const open = (target: object): Promise<unknown> => openTable(session, target);
    await expect(open({ location: site.path("gone") })).rejects.toMatchObject({ code: "DELTA.TABLE_NOT_FOUND" });
    await expect(open({ location: site.path("folder") })).rejects.toMatchObject({ code: "DELTA.NOT_A_TABLE" });
    await expect(open({ location, version: 9 })).rejects.toMatchObject({
      code: "DELTA.VERSION_NOT_FOUND",
      details: { version: 9, earliest: 0, latest: 2 },
    });
    await expect(open({ location: "s3://bucket/t" })).rejects.toMatchObject({ code: "IO.LOCATION_INVALID" });
    await expect(open({ dataset: "unknown" })).rejects.toMatchObject({ code: "IO.DATASET_UNKNOWN" });
    await expect(open({})).rejects.toMatchObject({ code: "DELTA.INVALID_SPEC", details: { option: "target" } });
    await expect(open({ location, versoin: 1 })).rejects.toMatchObject({
      code: "DELTA.INVALID_SPEC",
      details: { option: "target.versoin", reason: "there is no such option" },
    });
  });

  it("tells that the log is damaged", async () => {
    await threeVersions();
    writeFileSync(`${location}/_delta_log/00000000000000000001.json`, "{ not json");
    await expect(rowsOf(site.session, { location })).rejects.toMatchObject({ code: "DELTA.LOG_CORRUPT" });
  });
});

describe("tableExists", () => {
  it("is false for nothing and for a plain folder", async () => {
    await threeVersions();
    mkdirSync(site.path("folder"));
    const places = [location, `file://${location}/`, site.path("gone"), site.path("folder")];
    const found = await Promise.all(places.map((place) => tableExists(site.session, { location: place })));
    expect(found).toEqual([true, true, false, false]);
  });
});

describe("reading", () => {
  it("gives every version", async () => {
    await threeVersions();
    for (const version of [0, 1, 2]) {
      const expected = Array.from({ length: version + 1 }, (_, n) => ({ n }));
      expect(await rowsOf(site.session, { location, version })).toEqual(expected);
    }
    expect(await rowsOf(site.session, { location })).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  it("keeps a frame at the version it was made at", async () => {
    await threeVersions();
    const frame = await readTable(site.session, { location });
    await writeTable(site.session, { location }, { source: { rows: [{ n: 7 }] }, mode: "overwrite" });
    expect(await frame.count()).toBe(3);
    expect((await frame.artifact()).tables).toMatchObject([{ kind: "delta", deltaVersion: 2 }]);
  });
});

describe("a registered table", () => {
  it("is live: every statement sees the newest version", async () => {
    const { session } = site;
    await threeVersions();
    await registerDataset(session, "t", location);
    expect(await session.table("t").count()).toBe(3);
    await using other = await openTestSession();
    await writeTable(other, { location }, { source: { rows: [{ n: 3 }] }, mode: "append" });
    expect(await session.table("t").count()).toBe(4);
    const artifact = await session.sql("SELECT a.n FROM t a JOIN t b ON a.n = b.n").artifact();
    expect(artifact.tables.map(({ name, deltaVersion }) => ({ name, deltaVersion }))).toContainEqual({
      name: "t",
      deltaVersion: 3,
    });
  });

  it("stays at the version its location names", async () => {
    const { session } = site;
    await threeVersions();
    await registerDataset(session, "old", { uri: location, format: "delta", provider: { version: 1 } });
    expect(await session.table("old").count()).toBe(2);
    expect(await rowsOf(session, { dataset: "old" })).toEqual([{ n: 0 }, { n: 1 }]);
    await expect(
      writeTable(session, { dataset: "old" }, { source: { rows: [{ n: 9 }] }, mode: "append" }),
    ).rejects.toMatchObject({ code: "DELTA.PIN_ON_MUTATION", details: { version: 1 } });
  });

  it("is checked against its contract", async () => {
    const { session } = site;
    await threeVersions();
    const wrong = { uri: location, contract: contract("t", { n: utf8() }) };
    await expect(registerDataset(session, "t", wrong)).rejects.toMatchObject({
      code: "SCHEMA.CONTRACT_VIOLATION",
      details: { report: { violations: [{ type: "type_mismatch", column: "n" }] } },
    });
    await registerDataset(session, "t", { uri: location, contract: contract("t", { n: int64() }) });
    expect(await session.table("t").count()).toBe(3);
  });

  it("emits its version", async () => {
    await threeVersions();
    const hooks = recordingHooks();
    await using session = await openTestSession({ hooks });
    await registerDataset(session, "t", location);
    expect(hooks.of("table.registered")).toMatchObject([
      { name: "t", provider: "delta", location: `file://${location}/`, deltaVersion: 2, replaced: false },
    ]);
  });

  it("refuses what is no table, options of files and unknown options", async () => {
    const { session } = site;
    await threeVersions();
    mkdirSync(site.path("folder"));
    const register = (more: object): Promise<unknown> => {
      return registerDataset(session, "t", { uri: location, format: "delta", ...more });
    };
    await expect(register({ uri: site.path("folder") })).rejects.toMatchObject({ code: "DELTA.NOT_A_TABLE" });
    await expect(register({ scan: { recursive: true } })).rejects.toMatchObject({ code: "IO.PROVIDER_OPTION" });
    await expect(register({ provider: { versoin: 1 } })).rejects.toMatchObject({
      code: "IO.PROVIDER_OPTION",
      details: { format: "delta", option: "provider.versoin", reason: "there is no such option" },
    });
    await expect(register({ uri: site.path("gone") })).rejects.toMatchObject({ code: "IO.NOT_READY" });
  });
});

describe("history", () => {
  it("tells the commits, newest first", async () => {
    await threeVersions();
    const metadata = { job: "nightly", part: 7 };
    await writeTable(
      site.session,
      { location },
      {
        source: { rows: [{ n: 9 }] },
        mode: "overwrite",
        metadata,
        userMetadata: "start again",
      },
    );
    const commits = await history(site.session, { location });
    expect(commits.map(({ version, operation }) => ({ version, operation }))).toEqual([
      { version: 3, operation: "WRITE" },
      { version: 2, operation: "WRITE" },
      { version: 1, operation: "WRITE" },
      { version: 0, operation: expect.any(String) },
    ]);
    expect(commits[0]).toMatchObject({
      userMetadata: "start again",
      metadata: { ...metadata, "deltafuse.operationId": expect.any(String) },
      operationParameters: { mode: "Overwrite" },
    });
    expect(await history(site.session, { location }, { limit: 2 })).toEqual(commits.slice(0, 2));
    expect(await history(site.session, { location, version: 1 })).toEqual(commits.slice(2));
    await expect(history(site.session, { location }, { limit: 0 })).rejects.toMatchObject({
      code: "DELTA.INVALID_SPEC",
    });
  });
});

it("a table that is moved is still the same table", async () => {
  await threeVersions();
  const moved = site.path("moved");
  cpSync(location, moved, { recursive: true });
  rmSync(location, { recursive: true });
  const target: TableInput = { location: moved };
  expect(await rowsOf(site.session, target)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
});
