import { type RecordDefinition, defineRecord } from "./record.ts";

const sessionColumns = [
  "action s!",
  "profile_name s",
  "profile_fingerprint s!",
  "engine_identity s",
  "session_hash s",
  "product_version s!",
  "engine_versions m",
  "features [s]",
  "shared b!",
  "pool_slot i32",
  "sql_policy {name s, ddl b, dml b, statements b}",
  "functions_hash s",
  "planners [s]",
  "rules [{stage s!, name s!, version i32!}]",
  "extensions [{name s!, version s, status s!}]",
  "steps [{phase s!, step s!, status s!, duration_us i64!, message s}]",
  "profile_json s!",
  "duration_us i64",
  "error_code s",
  "error_message s",
] as const;

/** A session was opened or closed, or opening it failed (`action`: opened, closed, failed). */
export const sessionRecord: RecordDefinition<"session", typeof sessionColumns> = defineRecord(
  "session",
  1,
  sessionColumns,
);

const settingsColumns = [
  "settings_hash s!",
  "entries [{key s!, value s, requested s, source s!, owner s, applied b!}]",
  "runtime {pool_kind s!, pool_limit_bytes i64, spill_directories i32, max_spill_bytes i64, metadata_cache_bytes i64, list_files_cache_bytes i64, list_files_cache_ttl_ms i64}",
] as const;

/** The effective settings of a session, as the engine reports them. */
export const settingsRecord: RecordDefinition<"settings", typeof settingsColumns> = defineRecord(
  "settings",
  1,
  settingsColumns,
);

const planColumns = [
  "statement_kind s!",
  "summary s",
  "sql_text s",
  "sql_hash s!",
  "plan_fingerprint s",
  "logical_digest s",
  "optimized_digest s",
  "physical_digest s",
  "tables [{catalog s, schema s, name s!, provider s, delta_version i64, columns [s], filters i32}]",
  "functions [{name s!, kind s!, volatility s!}]",
  "partitions i32",
  "estimated_rows i64",
  "estimated_bytes i64",
  "parse_us i64",
  "analyze_us i64",
  "optimize_us i64",
  "physical_us i64",
  "cache_result s",
  "warnings [{code s!, message s!}]",
  "error_code s",
  "error_message s",
] as const;

/** A statement was planned, or planning it failed. `sql_hash` is over the sanitised text. */
export const planRecord: RecordDefinition<"plan", typeof planColumns> = defineRecord("plan", 1, planColumns);

const planRuleColumns = [
  "plan_fingerprint s",
  "phase s!",
  "pass i32!",
  "ordinal i32!",
  "rule s!",
  "changed b!",
  "duration_us i64!",
  "plan_digest s!",
  "plan_text s",
] as const;

/** A rule of the planner was applied (`phase`: analyzer, optimizer, physical). Recorded only where it is included by name. */
export const planRuleRecord: RecordDefinition<"plan.rule", typeof planRuleColumns> = defineRecord(
  "plan.rule",
  1,
  planRuleColumns,
);

const executionColumns = [
  "plan_fingerprint s",
  "status s!",
  "started ts!",
  "duration_us i64!",
  "queue_us i64",
  "first_batch_us i64",
  "rows i64!",
  "batches i64!",
  "output_bytes i64",
  "scan_rows i64",
  "scan_bytes i64",
  "spill_count i64",
  "spilled_rows i64",
  "spilled_bytes i64",
  "peak_reserved_bytes i64",
  "partitions i32",
  "operators i32",
  "slow b!",
  "native_spans_dropped i32",
  "error_code s",
  "error_message s",
] as const;

/** A query ended (`status`: ok, failed, cancelled). `rows` is what the caller received. */
export const executionRecord: RecordDefinition<"execution", typeof executionColumns> = defineRecord(
  "execution",
  1,
  executionColumns,
);

const cacheColumns = [
  "cache s!",
  "scope s",
  "operation s!",
  "result s!",
  "reason s",
  "key_hash s",
  "entries i64",
  "hits i64",
  "misses i64",
  "evictions i64",
  "used_bytes i64",
  "limit_bytes i64",
  "ttl_ms i64",
  "duration_us i64",
] as const;

/**
 * A cache was asked, or has changed (`cache`: session; `operation`: get, put, evict; `result`: hit, miss, stored, evicted), or its
 * counters were read (metadata, list_files, statistics; snapshot; sampled).
 */
export const cacheRecord: RecordDefinition<"cache", typeof cacheColumns> = defineRecord("cache", 1, cacheColumns);

const runtimeColumns = [
  "memory_reserved_bytes i64!",
  "memory_limit_kind s!",
  "memory_limit_bytes i64",
  "spill_bytes_on_disk i64",
  "active_queries i32!",
  "open_sessions i32",
] as const;

/** Metrics of a session were read (`memory_limit_kind`: finite, infinite). */
export const runtimeRecord: RecordDefinition<"runtime", typeof runtimeColumns> = defineRecord(
  "runtime",
  1,
  runtimeColumns,
);

const registrationColumns = [
  "action s!",
  "object s!",
  "name s!",
  "provider s",
  "location s",
  "schema_hash s",
  "delta_version i64",
  "overwrite b!",
  "rows i64",
  "batches i64",
] as const;

/** An object became visible or went away (`action`: registered, replaced, dropped). */
export const registrationRecord: RecordDefinition<"registration", typeof registrationColumns> = defineRecord(
  "registration",
  1,
  registrationColumns,
);

const writeColumns = [
  "target s!",
  "format s!",
  "mode s!",
  "method s!",
  "status s!",
  "rows i64",
  "files i32",
  "bytes i64",
  "partition_by [s]",
  "partitions i32",
  "schema_hash s",
  "delta_version i64",
  "plan_fingerprint s",
  "options_json s",
  "duration_us i64!",
  "error_code s",
  "error_message s",
] as const;

/** A write ended (`status`: committed, skipped, failed; `method`: files, insert, provider). */
export const writeRecord: RecordDefinition<"write", typeof writeColumns> = defineRecord("write", 1, writeColumns);

const deltaMutationColumns = [
  "table_uri s!",
  "dataset s",
  "delta_version i64",
  "min_reader_version i32",
  "min_writer_version i32",
  "reader_features [s]",
  "writer_features [s]",
  "table_properties m",
  "operation s!",
  "mode s",
  "status s!",
  "read_version i64",
  "attempts i32!",
  "conflicts [s]",
  "rows_inserted i64",
  "rows_updated i64",
  "rows_deleted i64",
  "rows_copied i64",
  "files_added i64",
  "files_removed i64",
  "bytes_added i64",
  "bytes_removed i64",
  "constraint_status s",
  "constraint_violations [{name s!, rows i64}]",
  "app_id s",
  "app_version s",
  "commit_metadata m",
  "metrics_json s!",
  "duration_us i64!",
  "error_code s",
  "error_message s",
] as const;

/** A mutation of a Delta table ended (`status`: committed, skipped, unchanged, failed). */
export const deltaMutationRecord: RecordDefinition<"delta.mutation", typeof deltaMutationColumns> = defineRecord(
  "delta.mutation",
  1,
  deltaMutationColumns,
);

const findingColumns = [
  "severity s!",
  "category s!",
  "code s!",
  "subject s",
  "message s!",
  "count i64",
  "details_json s",
] as const;

/** Something worth knowing that is not a failure of the program (`severity`: info, warning, error). */
export const findingRecord: RecordDefinition<"finding", typeof findingColumns> = defineRecord(
  "finding",
  1,
  findingColumns,
);

const runColumns = [
  "action s!",
  "status s!",
  "app_id s!",
  "commit_sequence i64",
  "started ts!",
  "ended ts",
  "duration_us i64",
  "queries i64!",
  "queries_failed i64!",
  "writes i64!",
  "rows_read i64!",
  "rows_written i64!",
  "bytes_written i64!",
  "cache_hits i64!",
  "cache_misses i64!",
  "metadata m",
  "error_code s",
  "error_message s",
] as const;

/**
 * A run was started, resumed or finished (`action`; `status`: running, completed, failed, cancelled, abandoned). The
 * counters are of the records that carry its id.
 */
export const runRecord: RecordDefinition<"run", typeof runColumns> = defineRecord("run", 1, runColumns);

/** Definitions by kind, for decoders. */
export type RecordDefinitions = Readonly<Record<string, RecordDefinition>>;

/** Every kind of this package, by name. */
export const recordKinds: {
  readonly session: typeof sessionRecord;
  readonly settings: typeof settingsRecord;
  readonly plan: typeof planRecord;
  readonly "plan.rule": typeof planRuleRecord;
  readonly execution: typeof executionRecord;
  readonly cache: typeof cacheRecord;
  readonly runtime: typeof runtimeRecord;
  readonly registration: typeof registrationRecord;
  readonly write: typeof writeRecord;
  readonly "delta.mutation": typeof deltaMutationRecord;
  readonly finding: typeof findingRecord;
  readonly run: typeof runRecord;
} = Object.freeze({
  session: sessionRecord,
  settings: settingsRecord,
  plan: planRecord,
  "plan.rule": planRuleRecord,
  execution: executionRecord,
  cache: cacheRecord,
  runtime: runtimeRecord,
  registration: registrationRecord,
  write: writeRecord,
  "delta.mutation": deltaMutationRecord,
  finding: findingRecord,
  run: runRecord,
});

/** Kinds that are recorded only where `include` names them: there are many of them for each query. */
export const kindsOnRequest: ReadonlySet<string> = new Set([planRuleRecord.kind]);
