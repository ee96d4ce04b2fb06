import { readOptions } from "@deltafuse/dataset-io/option-shape";
import type { TableSpec } from "@deltafuse/schema/table-spec";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { nativeSession } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import * as z from "@deltafuse/config/zod";
import { commitMembers, type CommitOptions, type CommitRequest, commitRequest } from "./commit-options.ts";
import { runMutation } from "./mutation.ts";
import { type MutationReport, createReportSchema } from "./mutation-report.ts";
import type { TableTarget } from "./table-target.ts";
import { refuseOptions } from "./option-refusal.ts";

/** An empty table that is to be made. */
export interface CreateSpec extends CommitOptions {
  /** Columns: a table spec or fields. Types that Delta lacks take the next wider one. */
  readonly schema: TableSpec | readonly NestedField[];
  /** Columns whose values name folders. Default: none. */
  readonly partitionBy?: readonly string[];
  /** Table properties, such as `delta.appendOnly`. Default: none. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly tableName?: string;
  readonly description?: string;
}

/** The part of a {@link CreateSpec} that is plain data. */
type CreateOptions = CommitRequest & Omit<CreateSpec, "schema" | keyof CommitOptions>;

const specSchema: z.ZodMiniType<CreateOptions> = z.strictObject({
  partitionBy: z.exactOptional(z.array(z.string())),
  properties: z.exactOptional(z.record(z.string(), z.string())),
  tableName: z.exactOptional(z.string()),
  description: z.exactOptional(z.string()),
  ...commitMembers,
});

/**
 * Makes an empty table: version 0.
 *
 * Rejects with `DELTA.TABLE_EXISTS`, `DELTA.TYPE_UNSUPPORTED {column, type}`, `DELTA.INVALID_SPEC`,
 * `DELTA.RESERVED_METADATA_KEY`, `DELTA.PIN_ON_MUTATION`, `SESSION.READ_ONLY`, `HOOKS.*` of interceptors.
 */
export async function createTable(session: Session, target: TableTarget, spec: CreateSpec): Promise<MutationReport> {
  const { schema, signal, onProgress, ...rest } = spec;
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const fields = "fields" in schema ? schema.fields : schema;
  const read = (given: unknown): CreateOptions => readOptions(specSchema, given, refuseOptions);
  const columns = fields.map(({ name, type }) => ({ name, type: formatTypeText(type) }));
  const start = {
    name: "createTable",
    operation: "CREATE TABLE",
    input: target,
    options: read(rest),
    read,
    mode: () => null,
    plan: { columns },
    signal,
  };
  return runMutation(session, start, async ({ uri }, given) => {
    const { tableName, partitionBy, properties, description } = given;
    const request = {
      uri,
      fields,
      ...(partitionBy === undefined ? {} : { partitionBy }),
      ...(properties === undefined ? {} : { properties }),
      ...(tableName === undefined ? {} : { name: tableName }),
      ...(description === undefined ? {} : { description }),
      commit: commitRequest(given),
    };
    const call = { entrypoint: "session.deltaCreate", request, reply: createReportSchema, durable: true } as const;
    return (await nativeSession(session).call(call, options)).body;
  });
}
