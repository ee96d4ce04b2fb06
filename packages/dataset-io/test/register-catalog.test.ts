import { int64 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import type { Session } from "@deltafuse/session-core/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { registeredDataset } from "../src/dataset-registry.ts";
import { datasets, registerDataset, registerDatasets } from "../src/register.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession, rowsOf, tableNames } from "./test-session.ts";

const three = [
  { id: 1, name: "a" },
  { id: 2, name: "b" },
  { id: 3, name: null },
];
const csv = "id,name\n1,a\n2,b\n3,\n";

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

describe("registerDatasets", () => {
  it("publishes all datasets, or none when one cannot be", async () => {
    folder.write("a.csv", csv);
    folder.write("b.csv", "id\n1\n");
    const good = createDatasetCatalog({ a: "a.csv", b: "b.csv" });
    const bad = good.with({ c: "c.csv", d: "d.csv" });
    const base = folder.path(".");
    const before = await session.inspect();
    await expect(registerDatasets(session, bad, { base })).rejects.toMatchObject({
      code: "IO.NOT_READY",
      details: { rows: [{ dataset: "c" }, { dataset: "d" }] },
    });
    expect(await session.inspect()).toEqual(before);
    const violated = good.with({ b: { uri: "b.csv", schema: table("b", { other: int64() }) } });
    await expect(registerDatasets(session, violated, { base })).rejects.toMatchObject({
      code: "SCHEMA.CONTRACT_VIOLATION",
    });
    expect(await session.inspect()).toEqual(before);
    expect((await registerDatasets(session, good, { base })).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await tableNames(session)).toEqual(["a", "b"]);
    expect((await registerDatasets(session, good, { base, names: ["b"] })).map(({ name }) => name)).toEqual(["b"]);
  });

  it("publishes none when a name is taken", async () => {
    folder.write("a.csv", csv);
    await registerDataset(session, "b", folder.path("a.csv"));
    const catalog = createDatasetCatalog({ a: "a.csv", b: { uri: "a.csv", scan: { csv: { inferRows: 2 } } } });
    await expect(registerDatasets(session, catalog, { base: folder.path(".") })).rejects.toMatchObject({
      code: "SESSION.OBJECT_EXISTS",
      details: { name: expect.stringContaining("b") },
    });
    expect(await tableNames(session)).toEqual(["b"]);
  });

  it("stops when it is aborted", async () => {
    folder.write("a.csv", csv);
    const reason = new Error("enough");
    const register = registerDataset(session, "a", folder.path("a.csv"), { signal: AbortSignal.abort(reason) });
    await expect(register).rejects.toBe(reason);
    expect(await tableNames(session)).toEqual([]);
  });
});

describe("datasets", () => {
  it("registers its catalog while the session opens", async () => {
    folder.write("a.csv", csv);
    const extension = datasets({ catalog: createDatasetCatalog({ a: "a.csv" }), base: folder.path(".") });
    await using own = await openTestSession({ extensions: [extension] });
    expect(await rowsOf(own, "a")).toEqual(three);
    expect(registeredDataset(own, "a")).toMatchObject({ format: "csv", version: undefined });
  });

  it("opens no session when a dataset is not there", async () => {
    const catalog = createDatasetCatalog({ a: folder.path("a.csv") });
    await expect(openTestSession({ extensions: [datasets({ catalog })] })).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      details: { phase: "catalogs", step: "tables.register" },
      cause: { code: "IO.NOT_READY" },
    });
  });
});
