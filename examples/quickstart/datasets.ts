import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { registerDataset, registerDatasets } from "@deltafuse/dataset-io/register";
import { contract } from "@deltafuse/schema/contract";
import { float64, int64, timestamp, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import type { Session } from "@deltafuse/session-core/session";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import { data } from "./folders.ts";
import { errorText, print } from "./step.ts";

const places = { origin: utf8(), destination: utf8() };
const flights = table("flights", { date: timestamp("us"), delay: int64(), distance: int64(), ...places });
const names = { name: utf8(), city: utf8(), state: utf8(), country: utf8() };
const airports = table("airports", { iata: utf8(), ...names, latitude: float64(), longitude: float64() });
const misfit = contract("flights", { date: timestamp("us"), delay: utf8(), carrier: utf8(), ...places });

/** Step 2: both files as tables, each under a contract; a contract that does not fit is refused. */
export async function registerFlights(session: Session): Promise<void> {
  const catalog = createDatasetCatalog({
    flights: { uri: "flights-3m.parquet", schema: flights },
    airports: { uri: "airports.csv", schema: airports },
  });
  for (const { name, format, fields } of await registerDatasets(session, catalog, { base: data })) {
    const columns = fields.map((field) => `${field.name} ${formatTypeText(field.type)}`);
    print(`${name} (${format}): ${columns.join(", ")}`);
  }
  try {
    await registerDataset(session, "misfit", { uri: "flights-3m.parquet", contract: misfit }, { base: data });
  } catch (error) {
    print(`A contract that does not fit is refused:\n${errorText(error)}`);
  }
}
