import { delimiter } from "node:path";

/** An environment variable that sets fields of the profile. */
export interface EnvVariable {
  readonly name: string;
  /** Profile paths of the fields. */
  readonly fields: readonly string[];
  /** What it takes. */
  readonly doc: string;
  /** The values of the fields. Null stands for `none` and `null`. */
  readonly values: (text: string | null) => readonly unknown[];
}

function text(name: string, field: string, doc: string): EnvVariable {
  return { name, fields: [field], doc, values: (value) => [value] };
}

function integer(name: string, field: string, doc: string): EnvVariable {
  const read = (value: string | null): unknown => (value !== null && /^\d+$/.test(value) ? Number(value) : value);
  return { name, fields: [field], doc, values: (value) => [read(value)] };
}

const spillDirectories: EnvVariable = {
  name: "DELTAFUSE_SPILL_DIR",
  fields: ["spill.mode", "spill.directories"],
  doc: "Absolute paths of folders to spill to, separated as in `PATH`; `none` = the temporary folder of the system.",
  values: (value) => {
    if (value === null) return ["os"];
    return ["directories", value.split(delimiter).filter((directory) => directory !== "")];
  },
};

const capture: EnvVariable = {
  name: "DELTAFUSE_CAPTURE",
  fields: ["diagnostics.capture"],
  doc: "What is captured of queries, separated by commas: `plans`, `explain`, `optimizerTrace` (rules that change a plan); `none` = nothing.",
  values: (value) => {
    const names = (value ?? "").split(",").map((name) => name.trim());
    const captured = names
      .filter((name) => name !== "")
      .map((name) => [name, name === "optimizerTrace" ? "changed" : true] as const);
    return [{ plans: false, explain: false, optimizerTrace: "off", ...Object.fromEntries(captured) }];
  },
};

/** The variables that set single fields. `DELTAFUSE_PROFILE_PATCH` may set any. */
export const envVariables: readonly EnvVariable[] = [
  text("DELTAFUSE_PRESET", "preset", "Name of a preset: `default`, `dev`, `large`, `low_memory`, `test`."),
  text("DELTAFUSE_ACCESS", "access", "`read_write` or `read_only`."),
  text("DELTAFUSE_DETERMINISM", "determinism", "`fast`, `stable` or `canonical`."),
  text("DELTAFUSE_SQL_POLICY", "sql.policy.base", "Name of a policy: `read_only`, `service`, `write`, `admin`."),
  integer("DELTAFUSE_TARGET_PARTITIONS", "execution.targetPartitions", "A number; 0 = the number of cores."),
  integer("DELTAFUSE_BATCH_SIZE", "execution.batchSize", "Rows of a batch, 1 to 1048576."),
  text("DELTAFUSE_TIME_ZONE", "schemaHardening.timeZone", "An IANA name or an offset such as `+02:00`."),
  text("DELTAFUSE_MEMORY_LIMIT", "memory.limit", "A size such as `4GiB`, or a share of the memory such as `60%`."),
  text("DELTAFUSE_MEMORY_POOL", "memory.pool", "`fair`, `greedy` or `unbounded`."),
  spillDirectories,
  text("DELTAFUSE_SPILL_MAX_SIZE", "spill.maxSize", "Most bytes on disk at once, as a size."),
  text("DELTAFUSE_CACHE", "cache.base", "Name of a set of cache limits: `pinned`, `fresh`, `isolated`."),
  text(
    "DELTAFUSE_LIST_FILES_TTL",
    "cache.listFilesTtl",
    "How long a listing is believed, such as `30s`; `none` = for ever.",
  ),
  capture,
  text("DELTAFUSE_SLOW_QUERY", "diagnostics.slowQuery", "From when on a query is slow, as a duration; `none` = never."),
];

/** The variable that says where records go. It sets no field of the profile, as it changes no session. */
export const diagnosticsVariable: Pick<EnvVariable, "name" | "doc"> = {
  name: "DELTAFUSE_DIAGNOSTICS",
  doc: "Where records go when the program says nothing: `none`, `memory`, `otel`, or `jsonl:` with the path of a file.",
};
