import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { datasets, registerDataset } from "@deltafuse/dataset-io/register";
import { writeTable } from "../src/write.ts";
import { testSite, type TestSite } from "./test-session.ts";

/** Every statement may run. */
export const profile = { sql: { policy: "admin" } } as const;

/** A site whose session has the Delta table `orders` of three rows, at `location`. */
export async function ordersSite(): Promise<{ readonly site: TestSite; readonly location: string }> {
  const site = await testSite({ extensions: [datasets({ catalog: createDatasetCatalog({}) })] }, profile);
  const location = site.path("orders");
  const rows = [
    { id: 1, name: "one" },
    { id: 2, name: "two" },
    { id: 3, name: null },
  ];
  await writeTable(site.session, { location }, { source: { rows } });
  await registerDataset(site.session, "orders", location);
  return { site, location };
}
