import type { JsonObject } from "@deltafuse/config/canonical-json";
import type { ErrorPayload } from "./error-payload.ts";
import type { EventRows } from "./event-row.ts";

/** Payload of `table.registered`. */
export interface TableRegisteredPayload {
  readonly name: string;
  readonly object: "table" | "view";
  readonly provider: string | null;
  /** Public form: without credentials. */
  readonly location: string | null;
  readonly schemaHash: string | null;
  readonly deltaVersion?: number | undefined;
  readonly replaced: boolean;
}

/** Payload of `table.dropped`. */
export interface TableDroppedPayload {
  readonly name: string;
  readonly object: "table" | "view" | "schema" | "catalog";
}

/** Payload of `dataset.readiness`. */
export interface DatasetReadinessPayload {
  readonly name: string;
  /** `ok`, or what was found, e.g. `missing_path`. */
  readonly status: string;
  readonly message?: string | undefined;
}

/** A write, in every state. */
export interface WriteDescription {
  /** Public form: without credentials. */
  readonly target: string;
  readonly format: string;
  readonly mode: string;
}

/** Payload of `write.started`. */
export interface WriteStartedPayload extends WriteDescription {
  readonly plan: {
    readonly method: WriteMethod;
    readonly partitionBy: readonly string[];
    /** Wanted size of a file; null when the writer decides. */
    readonly targetBytes: number | null;
  };
}

/** How data reaches the target. */
export type WriteMethod = "files" | "insert" | "provider";

/** Payload of `write.committed`. */
export interface WriteCommittedPayload extends WriteDescription {
  readonly method: WriteMethod;
  readonly rows: number;
  readonly bytes: number | null;
  readonly files: number;
  readonly partitionBy: readonly string[];
  /** Partition directories that were written; null when not partitioned. */
  readonly partitions: number | null;
  readonly schemaHash: string | null;
  readonly deltaVersion?: number | undefined;
  readonly planFingerprint: string | null;
  /** Options of the writer, without credentials. */
  readonly options: JsonObject | null;
  readonly durationUs: number;
}

/** Payload of `write.skipped`. */
export interface WriteSkippedPayload extends WriteDescription {
  readonly method: WriteMethod;
  readonly reason: string;
  readonly durationUs: number;
}

/** Payload of `write.failed`. */
export interface WriteFailedPayload extends WriteDescription {
  readonly method: WriteMethod;
  readonly error: ErrorPayload;
  /** Whether the data is visible all the same. */
  readonly committed: boolean;
  readonly durationUs: number;
}

/** One difference between a table and what was demanded of it. */
export interface SchemaViolation {
  /** Kind of difference, e.g. `missing_column`. */
  readonly type: string;
  readonly column?: string | undefined;
  readonly path?: string | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly count?: number | undefined;
  readonly message: string;
}

/** Payload of `schema.violation`. */
export interface SchemaViolationPayload {
  readonly table: string;
  /** What the check does about violations, e.g. `report`. */
  readonly policy: string;
  /** The first 100. */
  readonly violations: readonly SchemaViolation[];
  readonly total: number;
}

/** Payload of `function.registered`. */
export interface FunctionRegisteredPayload {
  readonly name: string;
  readonly kind: "scalar";
  readonly origin: "typescript";
  readonly version: string | null;
  readonly replaced: boolean;
  /** Hash of the signature. */
  readonly hash: string | null;
}

/** Payload of `function.failed`. */
export interface FunctionFailedPayload {
  readonly name: string;
  readonly kind: "scalar";
  readonly error: ErrorPayload;
  /** Calls (one per batch) since the function was registered, the failed one included. */
  readonly calls: number;
}

const write = { target: "string", format: "string", mode: "string" } as const;

/** Payloads of the events of tables, writes, checks and functions. */
export interface DataEvents {
  readonly "table.registered": TableRegisteredPayload;
  readonly "table.dropped": TableDroppedPayload;
  readonly "dataset.readiness": DatasetReadinessPayload;
  readonly "write.started": WriteStartedPayload;
  readonly "write.committed": WriteCommittedPayload;
  readonly "write.skipped": WriteSkippedPayload;
  readonly "write.failed": WriteFailedPayload;
  readonly "schema.violation": SchemaViolationPayload;
  readonly "function.registered": FunctionRegisteredPayload;
  readonly "function.failed": FunctionFailedPayload;
}

/** What the table says about the events of tables, writes, checks and functions. */
export const dataEventRows: EventRows<DataEvents> = {
  "table.registered": {
    owner: "session-core, dataset-io",
    fires: "a table or view became visible",
    records: ["registration"],
    members: {
      name: "string",
      object: "string",
      provider: "string?",
      location: "string?",
      schemaHash: "string?",
      replaced: "boolean",
    },
  },
  "table.dropped": {
    owner: "session-core, dataset-io",
    fires: "a table, view, schema or catalog went away",
    records: ["registration"],
    members: { name: "string", object: "string" },
  },
  "dataset.readiness": {
    owner: "dataset-io",
    fires: "a location was probed",
    records: ["finding"],
    members: { name: "string", status: "string" },
  },
  "write.started": {
    owner: "dataset-io, delta",
    fires: "plan final, before the first byte",
    members: { ...write, plan: "object" },
  },
  "write.committed": {
    owner: "dataset-io, delta",
    fires: "the data is durable",
    settling: true,
    records: ["write"],
    members: {
      ...write,
      method: "string",
      rows: "integer",
      bytes: "integer?",
      files: "integer",
      partitionBy: "list",
      partitions: "integer?",
      schemaHash: "string?",
      planFingerprint: "string?",
      options: "object?",
      durationUs: "integer",
    },
  },
  "write.skipped": {
    owner: "dataset-io, delta",
    fires: "nothing to do or already applied",
    records: ["write"],
    members: { ...write, method: "string", reason: "string", durationUs: "integer" },
  },
  "write.failed": {
    owner: "dataset-io, delta",
    fires: "the write failed; says whether the data is visible all the same",
    records: ["write"],
    members: { ...write, method: "string", error: "object", committed: "boolean", durationUs: "integer" },
  },
  "schema.violation": {
    owner: "schema",
    fires: "a check returned violations",
    records: ["finding"],
    members: { table: "string", policy: "string", violations: "list", total: "integer" },
  },
  "function.registered": {
    owner: "udf",
    fires: "a function became callable",
    records: ["registration"],
    members: {
      name: "string",
      kind: "string",
      origin: "string",
      version: "string?",
      replaced: "boolean",
      hash: "string?",
    },
  },
  "function.failed": {
    owner: "udf",
    fires: "a TypeScript function threw or returned something invalid",
    records: ["finding"],
    members: { name: "string", kind: "string", error: "object", calls: "integer" },
  },
};
