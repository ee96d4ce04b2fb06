import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder `examples`, from the source of this program as well as from what is compiled into `dist`. */
const examples = new URL(import.meta.url.replace(/(dist\/)?quickstart\/[^/]*$/, ""));

/** Everything this program writes goes here. */
export const output: string = fileURLToPath(new URL("quickstart/output", examples));

/** Telemetry records, one JSON object per line. */
export const records: string = join(output, "records.jsonl");

/** The files of the npm package vega-datasets. */
export const data: string = fileURLToPath(new URL("../data", import.meta.resolve("vega-datasets")));
