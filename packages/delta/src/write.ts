import { readOptions } from "@deltafuse/dataset-io/option-shape";
import { type ParquetWriterOptions, parquetWriterSchema } from "@deltafuse/dataset-io/write-options";
import { openWriteSource, type WriteSource } from "@deltafuse/dataset-io/write-source";
import { nativeSession } from "@deltafuse/session-core/native-session";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { commitMembers, type CommitOptions, type CommitRequest, commitRequest } from "./commit-options.ts";
import { runMutation } from "./mutation.ts";
import { type MutationReport, writeReportSchema } from "./mutation-report.ts";
import { observedWrite, type WrittenRows } from "./write-event.ts";
import type { TableInput } from "./table.ts";
import { refuseOptions } from "./option-refusal.ts";

/** What happens to a table that is there: `error` refuses, `ignore` leaves it, `append` adds, `overwrite` replaces all rows. */
export type WriteMode = "error" | "ignore" | "append" | "overwrite";

/** Rows that are to be written, and how. */
export interface WriteSpec extends CommitOptions {
  /** Has the columns of the table: nullable ones may be missing, names are compared without letter case. */
  readonly source: WriteSource;
  /** Default: `error`. A table that is missing is made in every mode. */
  readonly mode?: WriteMode;
  /** Columns whose values name folders. Of a table that is there, the same or left out. */
  readonly partitionBy?: readonly string[];
  /** Properties of a new table. Default: none. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Name of a new table. */
  readonly tableName?: string;
  /** Description of a new table. */
  readonly description?: string;
  /** Size that a data file should have, in bytes. Default: the table's, else the engine's. */
  readonly targetBytes?: number;
  readonly writer?: ParquetWriterOptions;
}

/** The part of a {@link WriteSpec} that is plain data. */
interface WriteOptions extends CommitRequest {
  readonly mode?: WriteMode;
  readonly partitionBy?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly tableName?: string;
  readonly description?: string;
  readonly targetBytes?: number;
  readonly writer?: ParquetWriterOptions;
}

const optionsSchema: z.ZodMiniType<WriteOptions> = z.strictObject({
  mode: z.exactOptional(z.enum(["error", "ignore", "append", "overwrite"])),
  partitionBy: z.exactOptional(z.array(z.string())),
  properties: z.exactOptional(z.record(z.string(), z.string())),
  tableName: z.exactOptional(z.string()),
  description: z.exactOptional(z.string()),
  targetBytes: z.exactOptional(z.int().check(z.gte(1))),
  writer: z.exactOptional(parquetWriterSchema),
  ...commitMembers,
});

/**
 * Writes rows into a table in one commit; a table that is missing is made with them. The rows are read once, as fast as
 * they are written. An append of no rows makes no version.
 *
 * Rejects with `DELTA.TABLE_EXISTS`, `DELTA.SCHEMA_MISMATCH {missing, extra, types}`, `DELTA.PARTITION_MISMATCH`,
 * `DELTA.TYPE_UNSUPPORTED`, `DELTA.CONSTRAINT_VIOLATION`, `DELTA.APPEND_ONLY`, `DELTA.VERSION_MISMATCH`,
 * `DELTA.CONCURRENT_*` and `DELTA.COMMIT_ATTEMPTS_EXHAUSTED` when a race was lost, `DELTA.INVALID_SPEC`,
 * `DELTA.RESERVED_METADATA_KEY`, `DELTA.PIN_ON_MUTATION`, `SESSION.READ_ONLY`, `HOOKS.*` of interceptors, `ENGINE.CAST_FAILED`, and what running the
 * source rejects with. Then the table is as it was.
 *
 * @example
 * await writeTable(session, { location: "data/flights" }, { source: session.table("flights"), partitionBy: ["month"] });
 */
export async function writeTable(session: Session, target: TableInput, spec: WriteSpec): Promise<MutationReport> {
  const { source, signal, onProgress, ...rest } = spec;
  const run = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  const read = (given: unknown): WriteOptions => readOptions(optionsSchema, given, refuseOptions);
  const start = {
    name: "writeTable",
    operation: "WRITE",
    input: target,
    options: read(rest),
    read,
    mode: modeOf,
    plan: {},
    signal,
  };
  return runMutation(session, start, ({ uri }, options) => {
    const { partitionBy = [], targetBytes = null, writer } = options;
    const mode = modeOf(options);
    return observedWrite(session, { uri, mode, partitionBy, targetBytes, writer }, () =>
      writeRows(session, { uri, source, options: { ...options, mode } }, run),
    );
  });
}

function modeOf({ mode = "error" }: WriteOptions): WriteMode {
  return mode;
}

interface RowsWrite {
  readonly uri: string;
  readonly source: WriteSource;
  readonly options: WriteOptions & { readonly mode: WriteMode };
}

async function writeRows(
  session: Session,
  { uri, source, options }: RowsWrite,
  run: ProgressOptions,
): Promise<WrittenRows> {
  const input = await openWriteSource(session, source, run);
  const { mode, tableName, partitionBy, properties, description, targetBytes, writer } = options;
  const write = {
    uri,
    mode,
    ...(partitionBy === undefined ? {} : { partitionBy }),
    ...(properties === undefined ? {} : { properties }),
    ...(tableName === undefined ? {} : { name: tableName }),
    ...(description === undefined ? {} : { description }),
    ...(targetBytes === undefined ? {} : { targetBytes }),
    ...(writer === undefined ? {} : { writer }),
    commit: commitRequest(options),
  };
  const call = {
    entrypoint: "session.deltaWrite",
    request: { source: { $handle: 0 }, write },
    handles: [input.handle],
    reply: writeReportSchema,
    durable: true,
  } as const;
  const { body } = await input.read(() => nativeSession(session).call(call, run));
  const { source: plan = null, ...report } = body;
  return { report, planFingerprint: input.fingerprintOf(plan) };
}
