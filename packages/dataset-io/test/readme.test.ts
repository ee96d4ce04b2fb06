// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { datasets } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { contract } from "@deltafuse/schema/contract";
import { int32, utf8 } from "@deltafuse/schema/field-type";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { expect, it } from "vitest";
import { testFolder } from "./test-folder.ts";

it("runs the example of the README", async () => {
  using folder = testFolder();
  folder.write("data/flights/month=1/a.csv", "origin,delay\nATL,5\nORD,-2\n");
  folder.write("data/flights/month=2/a.csv", "origin,delay\nATL,7\n");
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  const base = folder.path(".");
  // #region example
  const flights = contract(
    "flights",
    { origin: utf8(), delay: int32(), month: int32() },
    { partitionColumns: ["month"] },
  );
  const catalog = createDatasetCatalog({ flights: { uri: "data/flights/", contract: flights } });
  const session = await openSession(parseProfile({}), { extensions: [datasets({ catalog, base })] });
  try {
    const source = session.sql("SELECT origin, sum(delay) AS delay FROM flights WHERE month < 3 GROUP BY origin");
    const { rows, files } = await writeDataset(session, { source, target: "output/delays.parquet" }, { base });
    print(`${rows} rows in ${files.length} file`);
  } finally {
    await session.close();
  }
  // #endregion
  expect(printed).toEqual(["2 rows in 1 file"]);
});
