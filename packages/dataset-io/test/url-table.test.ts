import { tableFromArrays, tableToIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { datasets, registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

const urlTables = { catalog: { urlTables: true }, sql: { policy: "admin" } } as const;
const open = (): ReturnType<typeof openTestSession> =>
  openTestSession({ extensions: [datasets({ catalog: createDatasetCatalog({}) })] }, urlTables);

/** Writes Parquet files in folders of a column, and one file of each format. Gives the folder. */
async function filled(folder: TestFolder, place: string): Promise<string> {
  folder.write(`${place}/x.csv`, "id,name\n1,a\n");
  folder.write(`${place}/x.tsv`, "id\tname\n1\ta\n");
  folder.write(`${place}/x.json`, '{"id": 1, "name": "a"}\n');
  folder.write(`${place}/x.arrow`, tableToIPC(tableFromArrays({ id: [1], name: ["a"] }), "file"));
  await using session = await open();
  const parts = { sql: "SELECT value AS id, value % 3 AS part FROM range(0, 30)" };
  await writeDataset(session, { source: parts, target: folder.path(`${place}/parts/`), partitionBy: ["part"] });
  await session.execute(`COPY (SELECT 1 AS id, 'a' AS name) TO '${folder.path(`${place}/x.parquet`)}'`);
  return folder.path(place);
}

describe("locations as tables", () => {
  it("read every format, as a registered table does", async () => {
    using folder = testFolder();
    const data = await filled(folder, "data");
    await using session = await open();
    const names = ["x.parquet", "x.csv", "x.tsv", "x.json", "x.arrow", "parts/"];
    for (const [index, name] of names.entries()) {
      await registerDataset(session, `registered_${index}`, `${data}/${name}`);
      const [there, named] = [session.sql(`SELECT * FROM '${data}/${name}'`), session.table(`registered_${index}`)];
      expect([name, await there.schema()]).toEqual([name, await named.schema()]);
      expect([name, await there.sort("id").rows()]).toEqual([name, await named.sort("id").rows()]);
    }
    const pattern = session.sql(`SELECT * FROM "file://${data}/parts/part=[12]/*.parquet" ORDER BY id`);
    expect(await pattern.count()).toBe(20);
    expect(await pattern.head(1).rows()).toEqual([{ id: 1n, part: "1" }]);
  });

  it("read the folders and columns that a query needs", async () => {
    using folder = testFolder();
    const data = await filled(folder, "data");
    await using session = await open();
    await registerDataset(session, "registered", `${data}/parts/`);
    const scanned = async (name: string): Promise<readonly string[]> => {
      const frame = session.sql(`SELECT id FROM ${name} WHERE part = '1' AND id > 20`);
      expect(await frame.count()).toBe(3);
      const text = await session.sql(`EXPLAIN SELECT id FROM ${name} WHERE part = '1' AND id > 20`).rows();
      return [...(/file_groups=.*/.exec(JSON.stringify(text)) ?? [])];
    };
    const own = await scanned(`'${data}/parts/'`);
    expect(own).toEqual(await scanned("registered"));
    expect(own[0]).toContain("part=1");
    expect(own[0]).not.toContain("part=2");
  });

  it("have the same digests wherever their files lie", async () => {
    using folder = testFolder();
    const digests: unknown[] = [];
    for (const place of ["here", "some/where/else"]) {
      const data = await filled(folder, place);
      await using session = await open();
      const [parts, file] = [`"${data}/parts/"`, `"file://${data}/x.parquet"`];
      const { p0, p1, planFingerprint, tables } = await session
        .sql(`SELECT ${parts}.id, x.name FROM ${parts} JOIN ${file} AS x ON ${parts}.id = x.id WHERE part = '1'`)
        .artifact();
      expect(tables.map(({ name, kind }) => [name, kind])).toEqual([
        ["<location:parts>", "listing"],
        ["<location:x.parquet>", "listing"],
      ]);
      expect(p1.text).not.toContain(folder.path("."));
      digests.push([p0.digest, p1.digest, p1.text, planFingerprint]);
    }
    expect(digests[1]).toEqual(digests[0]);
  });
});
