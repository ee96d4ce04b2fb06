import { readOptions } from "@deltafuse/dataset-io/option-shape";
import { openWriteSource, type WriteSource } from "@deltafuse/dataset-io/write-source";
import { col, type Expression } from "@deltafuse/session-core/expression";
import type { NestedField } from "@deltafuse/session-core/field-type";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { commitMembers, type CommitOptions, type CommitRequest, commitRequest, readCommit } from "./commit-options.ts";
import { invalidSpec } from "./errors.ts";
import { type BySourceClause, type MatchedClause, clauseRequests, type NotMatchedClause } from "./merge-clause.ts";
import { runMutation } from "./mutation.ts";
import { type MergeMetrics, mergeReportSchema, type MutationReport } from "./mutation-report.ts";
import { type Predicate, type PredicateRequest, predicateRequest } from "./predicate.ts";
import { openNativeTable, type TableInput } from "./table.ts";
import type { ResolvedTarget } from "./table-target.ts";
import { refuseOptions } from "./option-refusal.ts";

/** A merge. The clauses of a list are tried in their order; the first whose `when` holds decides about a row. */
export interface MergeSpec extends CommitOptions {
  readonly source: WriteSource;
  /** Which row of the source matches which row of the table. */
  readonly on: Predicate;
  /** Name of the source in expressions. Default: `source`. */
  readonly sourceAlias?: string;
  /** Name of the table in expressions. Default: `target`. */
  readonly targetAlias?: string;
  /** For rows of the table that a row of the source matches. */
  readonly whenMatched?: readonly MatchedClause[];
  /** For rows of the source that match nothing. */
  readonly whenNotMatched?: readonly NotMatchedClause[];
  /** For rows of the table that no row of the source matches. */
  readonly whenNotMatchedBySource?: readonly BySourceClause[];
}

/** An upsert. */
export interface UpsertSpec extends CommitOptions {
  /** One row per key. */
  readonly source: WriteSource;
  /** Columns that identify a row, in any letter case; null equals null. */
  readonly keys: readonly string[];
}

const aliasMembers = {
  sourceAlias: z.exactOptional(z.string().check(z.minLength(1))),
  targetAlias: z.exactOptional(z.string().check(z.minLength(1))),
} as const;
const mergeSchema = z.strictObject({ ...aliasMembers, ...commitMembers });
const upsertSchema = z.strictObject({ keys: z.array(z.string()).check(z.minLength(1)), ...commitMembers });

/**
 * Merges rows into a table in one commit. The source is computed once and held in memory where two runs might differ, or
 * where it takes at most 64 MiB and a sixteenth of the memory limit; else it is computed as often as the merge reads it.
 *
 * Rejects with `DELTA.MERGE_NO_ACTION`, `DELTA.PREDICATE_REQUIRED`, `DELTA.MERGE_AMBIGUOUS` when several rows of the source
 * would change one row of the table, `DELTA.SCHEMA_MISMATCH`, `FRAME.UNKNOWN_COLUMN`, `DELTA.CONSTRAINT_VIOLATION`,
 * `DELTA.APPEND_ONLY`, `DELTA.TABLE_NOT_FOUND`, `DELTA.NOT_A_TABLE`, `DELTA.VERSION_MISMATCH`, `DELTA.CONCURRENT_*` and
 * `DELTA.COMMIT_ATTEMPTS_EXHAUSTED` when a race was lost, `DELTA.INVALID_SPEC`, `DELTA.RESERVED_METADATA_KEY`,
 * `DELTA.PIN_ON_MUTATION`, `SESSION.READ_ONLY`, `HOOKS.*` of interceptors, `ENGINE.RESOURCES_EXHAUSTED`. Then the table is as it was.
 */
export async function mergeTable(
  session: Session,
  target: TableInput,
  spec: MergeSpec,
): Promise<MutationReport<MergeMetrics>> {
  const { source, on, whenMatched, whenNotMatched, whenNotMatchedBySource, signal, onProgress, ...rest } = spec;
  const { sourceAlias, targetAlias, ...commit } = readOptions(mergeSchema, rest, refuseOptions);
  const request: MergeRequest = {
    on: predicateRequest(on, "on"),
    ...(sourceAlias === undefined ? {} : { sourceAlias }),
    ...(targetAlias === undefined ? {} : { targetAlias }),
    ...clauseRequests({ whenMatched, whenNotMatched, whenNotMatchedBySource }),
  };
  const merge = (): MergeRequest => request;
  return runMerge(session, target, { name: "mergeTable", source, merge, commit, run: { signal, onProgress } });
}

/**
 * Updates the rows of a table that the source has a row for, by the keys, and inserts the others, in one commit. Columns
 * that the source lacks stay as they are; in new rows they are null.
 *
 * Rejects as {@link mergeTable}; `DELTA.MERGE_AMBIGUOUS {keys, example, rows}` when the source holds a key several times.
 *
 * @example
 * await upsertRows(session, { location: "data/flights" }, { source: { rows: corrections }, keys: ["id"] });
 */
export async function upsertRows(
  session: Session,
  target: TableInput,
  spec: UpsertSpec,
): Promise<MutationReport<MergeMetrics>> {
  const { source, signal, onProgress, ...rest } = spec;
  const { keys, ...commit } = readOptions(upsertSchema, rest, refuseOptions);
  const merge = (sides: MergeSides): MergeRequest => ({
    on: sameKeys(keys, sides).node,
    whenMatched: [{ action: "updateAll" }],
    whenNotMatched: [{ action: "insertAll" }],
  });
  return runMerge(session, target, { name: "upsertRows", source, keys, merge, commit, run: { signal, onProgress } });
}

/** Columns of both sides. */
interface MergeSides {
  readonly source: readonly NestedField[];
  readonly target: readonly NestedField[];
}

/** The spelling of a side; letter case does not tell columns apart. */
function keyOf(key: string, side: keyof MergeSides, { [side]: fields }: MergeSides): Expression {
  const exact = fields.find(({ name }) => name === key);
  const found = exact ?? fields.find(({ name }) => name.toLowerCase() === key.toLowerCase());
  if (found !== undefined) return col(side, found.name);
  const what = side === "source" ? "the source" : "the table";
  const names = fields.map(({ name }) => name).join(", ");
  throw invalidSpec("keys", `${what} has no column ${JSON.stringify(key)}, but ${names}`);
}

function sameKeys(keys: readonly string[], sides: MergeSides): Expression {
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw invalidSpec("keys", `${JSON.stringify(repeated)} is listed twice`);
  const equal = keys.map((key) => keyOf(key, "target", sides).eqNullSafe(keyOf(key, "source", sides)));
  const [first, ...more] = equal;
  if (first === undefined) throw invalidSpec("keys", "it must name at least one column");
  return more.reduce((all, one) => all.and(one), first);
}

/** What the engine takes, apart from source and commit. */
interface MergeRequest {
  readonly on: PredicateRequest;
  readonly sourceAlias?: string;
  readonly targetAlias?: string;
  readonly [clauses: string]: unknown;
}

interface MergeRun {
  /** Name of the function that was called. */
  readonly name: string;
  readonly source: WriteSource;
  /** Columns that identify a row, of an upsert. */
  readonly keys?: readonly string[];
  /** The merge, once the columns of both sides are known. */
  readonly merge: (sides: MergeSides) => MergeRequest;
  readonly commit: CommitRequest;
  readonly run: { readonly [Member in keyof ProgressOptions]: ProgressOptions[Member] | undefined };
}

function runMerge(
  session: Session,
  input: TableInput,
  { name, source, keys, merge, commit, run }: MergeRun,
): Promise<MutationReport<MergeMetrics>> {
  const { signal, onProgress } = run;
  const options = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  const start = {
    name,
    operation: "MERGE",
    input,
    options: commit,
    read: readCommit,
    mode: () => null,
    plan: { keys: keys ?? null },
    signal,
  };
  return runMutation(session, start, (target, changed) => {
    const request = (sides: MergeSides): object => ({ ...merge(sides), commit: commitRequest(changed) });
    return mergeRows(session, { target, source, request }, options);
  });
}

interface RowsMerge {
  readonly target: ResolvedTarget;
  readonly source: WriteSource;
  readonly request: (sides: MergeSides) => object;
}

async function mergeRows(
  session: Session,
  { target, source, request }: RowsMerge,
  options: ProgressOptions,
): Promise<MutationReport<MergeMetrics>> {
  const table = await openNativeTable(session, target, options);
  try {
    const input = await openWriteSource(session, source, options);
    const merge = request({ source: input.fields, target: table.snapshot.fields });
    const call = {
      entrypoint: "table.merge",
      request: { source: { $handle: 0 }, merge },
      handles: [input.handle],
      reply: mergeReportSchema,
      durable: true,
    } as const;
    return await input.read(async () => (await table.call(call, options)).body);
  } finally {
    table.handle.close();
  }
}
