import { recordingHooks } from "@deltafuse/hooks/testing";
import { contract } from "@deltafuse/schema/contract";
import { date32, int32, int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import type { Session } from "@deltafuse/session-core/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession, rowsOf, tableNames } from "./test-session.ts";

const three = [
  { id: 1, name: "a" },
  { id: 2, name: "b" },
  { id: 3, name: null },
];
const ndjson = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n{"id":3,"name":null}\n';

let folder: TestFolder;
let session: Session;

beforeEach(async () => {
  folder = testFolder();
  session = await openTestSession();
});
afterEach(async () => {
  await session.close();
  folder[Symbol.dispose]();
});

describe("a contract", () => {
  const airports = contract("airports", { id: int64(), name: utf8() });

  it("that does not fit is refused with readable findings, and nothing is registered", async () => {
    const hooks = recordingHooks();
    await using own = await openTestSession({ hooks });
    await writeDataset(own, { source: { rows: three }, target: folder.path("a.parquet") });
    const location = { uri: folder.path("a.parquet"), contract: contract("airports", { id: utf8(), code: utf8() }) };
    await expect(registerDataset(own, "airports", location)).rejects.toMatchObject({
      code: "SCHEMA.CONTRACT_VIOLATION",
      message: expect.stringMatching(/id: .*utf8.*int64[^]*code: .*missing[^]*name: /),
      details: { table: "airports", columns: ["id", "code", "name"] },
    });
    expect(await tableNames(own)).toEqual([]);
    expect(hooks.of("schema.violation")).toMatchObject([{ table: "airports", policy: "STRICT", total: 3 }]);
    expect(hooks.of("table.registered")).toEqual([]);
  });

  it("that fits changes nothing of Parquet", async () => {
    await writeDataset(session, { source: { rows: three }, target: folder.path("a.parquet") });
    await registerDataset(session, "a", { uri: folder.path("a.parquet"), contract: airports });
    expect(await rowsOf(session, "a")).toEqual(three);
  });

  it("gives CSV its types; a value that does not fit fails the query", async () => {
    folder.write("a.csv", "id,name,day\n1,007,2024-02-29\n");
    const schema = table("t", { id: int32(), name: utf8(), day: date32() });
    const { fields } = await registerDataset(session, "t", { uri: folder.path("a.csv"), schema });
    expect(fields).toEqual(schema.fields);
    expect(await rowsOf(session, "t")).toEqual([{ id: 1, name: "007", day: new Date("2024-02-29") }]);
    folder.write("b.csv", "id,name,day\nx,a,2024-01-01\n");
    await registerDataset(session, "u", { uri: folder.path("b.csv"), schema });
    await expect(rowsOf(session, "u")).rejects.toMatchObject({ message: expect.stringContaining("b.csv") });
  });

  it("names the columns of CSV without a header", async () => {
    folder.write("a.csv", "1,a\n2,b\n3,\n");
    const location = { uri: folder.path("a.csv"), contract: airports, scan: { csv: { header: false } } };
    await registerDataset(session, "t", location);
    expect(await rowsOf(session, "t")).toEqual(three);
  });

  it("checks the names of text and refuses nulls where there may be none", async () => {
    folder.write("a.json", ndjson);
    const narrow = { uri: folder.path("a.json"), contract: contract("t", { id: int64(), title: utf8() }) };
    await expect(registerDataset(session, "t", narrow)).rejects.toMatchObject({
      code: "SCHEMA.CONTRACT_VIOLATION",
      details: { columns: ["title", "name"] },
    });
    const required = contract("t", { id: int64(), name: utf8().notNull() });
    await registerDataset(session, "t", { uri: folder.path("a.json"), contract: required });
    await expect(rowsOf(session, "t")).rejects.toMatchObject({ code: expect.stringMatching(/^ENGINE\./) });
  });

  it("that is relaxed fills missing columns with null and widens types", async () => {
    const source = { rows: [{ id: 1 }], schema: table("s", { id: int32() }) };
    await writeDataset(session, { source, target: folder.path("a.parquet") });
    const relaxed = contract("t", { id: int64(), name: utf8() }, { policy: "RELAXED" });
    const { fields } = await registerDataset(session, "t", { uri: folder.path("a.parquet"), contract: relaxed });
    expect(fields.map(({ type }) => type)).toEqual([{ type: "int64" }, { type: "utf8" }]);
    expect(await rowsOf(session, "t")).toEqual([{ id: 1, name: null }]);
  });

  it("types the folders of its partition columns", async () => {
    folder.write("d/month=1/a.csv", "id\n1\n");
    const partitioned = contract("t", { id: int64(), month: int32() }, { partitionColumns: ["month"] });
    await registerDataset(session, "t", { uri: folder.path("d"), contract: partitioned });
    expect(await rowsOf(session, "t")).toEqual([{ id: 1, month: 1 }]);
    const plain = table("t", { id: int64(), month: int32() });
    await registerDataset(session, "u", { uri: folder.path("d"), schema: plain });
    expect(await rowsOf(session, "u")).toEqual([{ id: 1, month: 1 }]);
  });
});
