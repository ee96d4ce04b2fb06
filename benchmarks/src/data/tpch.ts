import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { DataSet } from "../data-set.ts";
import { programPath } from "../program-path.ts";

const names = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"] as const;

/** The eight tables of TPC-H with decimal(15,2); the scale is the scale factor. Needs a program: `program-path.ts`. */
export const tpchData: DataSet = {
  id: "tpch",
  version: 1,
  tables: Object.fromEntries(names.map((name) => [name, { path: `${name}.parquet`, format: "parquet" }] as const)),
  make: async ({ folder, scale }) => {
    const program = programPath("deltafuse-tpch-data");
    await promisify(execFile)(program, ["tpch", "--scale", String(scale), "--output", folder]);
  },
};
