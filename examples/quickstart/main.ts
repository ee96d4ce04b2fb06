// What DeltaFuse does, in seven steps over 3 million flights: `npm start`.
// One query over a file or Delta table of your own, the table `t`: `npm start -- --file sales.parquet --sql "SELECT …"`.
import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { jsonLinesSink } from "@deltafuse/telemetry/json-lines-sink";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { registerFlights } from "./datasets.ts";
import { changeTable } from "./delta-table.ts";
import { abortQuery, showEvidence } from "./evidence.ts";
import { queryFile } from "./file-query.ts";
import { output, records } from "./folders.ts";
import { compareDistances, queryFlights } from "./queries.ts";
import { openLakehouse } from "./session.ts";
import { errorText, step } from "./step.ts";

async function quickstart(): Promise<void> {
  await rm(output, { recursive: true, force: true });
  const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: records })] });
  const session = await step("1. Open a session from a profile", () => openLakehouse(telemetry));
  try {
    await step("2. Register files under contracts", () => registerFlights(session));
    await step("3. Query 3 million flights", () => queryFlights(session));
    await step("4. Call a TypeScript function from SQL", () => compareDistances(session));
    await step("5. Change a Delta table", () => changeTable(session));
    await step("6. Abort a query", () => abortQuery(session));
    await step("7. Show what ran", () => showEvidence(session, telemetry));
  } finally {
    await session.close();
    await telemetry.close();
  }
}

async function main(): Promise<void> {
  const { file, sql } = parseArgs({ options: { file: { type: "string" }, sql: { type: "string" } } }).values;
  if (file === undefined && sql === undefined) return quickstart();
  if (file === undefined || sql === undefined) throw new TypeError("Give --file and --sql together.");
  return queryFile(file, sql);
}

try {
  await main();
} catch (error) {
  console.error(errorText(error));
  process.exitCode = 1;
}
