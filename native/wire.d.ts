// Written by `cargo test export_wire_types`; do not edit.

/**
 * Which statements a call takes.
 */
export type Allow = "query" | "any";

/**
 * The reply of `applyOps`. With operations, the frames of the tables that the request names come along, in their order.
 */
export type ApplyReply = { 
/**
 * What the plan cache had to do with it; left out where it was not asked.
 */
planCache?: PlanCacheReply, 
/**
 * The stream that was opened.
 */
opened: StreamReply | null, 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, };

/**
 * The request of `applyOps`.
 */
export type ApplyRequest = { 
/**
 * What the operations begin with.
 */
source: SourceRef, 
/**
 * Performed in order.
 */
ops: Array<Op>, 
/**
 * What joins, unions and subqueries take beside it.
 */
operands: Array<SourceRef>, 
/**
 * Values of `param` and of placeholders in SQL expressions.
 */
parameters: Parameters | null, 
/**
 * Opens the stream of the rows too.
 */
open: StreamRequest | null, };

/**
 * The reply of `planArtifact`.
 */
export type ArtifactReply = { 
/**
 * As planned.
 */
p0: Stage, 
/**
 * Optimised.
 */
p1: Stage, 
/**
 * Physical, when asked for.
 */
p2: Stage | null, 
/**
 * What stands out in the physical plan, when asked for.
 */
physical: PhysicalFacts | null, 
/**
 * Tables read.
 */
tables: Array<TableUse>, 
/**
 * Whether each of them is a Delta table that was opened at its version.
 */
pinned: Array<boolean>, 
/**
 * When the version of each Delta table among them was committed.
 */
timestampsMs: (number | null)[], 
/**
 * Functions called.
 */
functions: Array<FunctionUse>, 
/**
 * Functions of the plan as written that are not immutable; the optimiser replaces some by their values.
 */
unstable: Array<FunctionUse>, 
/**
 * What makes its LIMITs depend on the order of rows.
 */
looseLimits: Array<LooseLimit>, 
/**
 * How long planning took.
 */
timings: ArtifactTimings, 
/**
 * The optimised plan in Substrait, when asked for and where it can be expressed.
 */
substrait: BufferRef | null, 
/**
 * Why that is missing, or what another engine may not understand of it.
 */
warnings: Array<string>, 
/**
 * The optimised plan in the engine's own encoding, when asked for and where it can be expressed.
 */
proto: BufferRef | null, 
/**
 * Why that is missing.
 */
protoRefusal: Refusal | null, };

/**
 * The request of `planArtifact`.
 */
export type ArtifactRequest = { 
/**
 * Whether texts come along.
 */
texts: boolean, 
/**
 * Whether the physical plan is made too.
 */
physical: boolean, 
/**
 * Whether the optimised plan comes along in Substrait.
 */
substrait: boolean, 
/**
 * Whether the optimised plan comes along in the engine's own encoding.
 */
proto: boolean, };

/**
 * Microseconds of the planning phases.
 */
export type ArtifactTimings = { 
/**
 * Logical optimisation.
 */
optimizeUs: number, 
/**
 * Physical planning, where it was asked for.
 */
physicalUs: number | null, };

/**
 * The request of `bind`.
 */
export type BindRequest = { 
/**
 * Values of the placeholders.
 */
parameters: Parameters | null, 
/**
 * Tables in the place of those it was prepared with.
 */
tables: Array<TableArgument>, 
/**
 * Opens the stream of the rows too.
 */
open: StreamRequest | null, };

/**
 * One WHEN of a CASE.
 */
export type Branch = { 
/**
 * The condition.
 */
when: ExprSpec, 
/**
 * The result.
 */
then: ExprSpec, };

/**
 * An attached buffer, by position.
 */
export type BufferRef = { 
/**
 * Position in the attached list.
 */
$buffer: number, };

/**
 * One of the caches.
 */
export type CacheKind = "metadata" | "list_files" | "statistics";

/**
 * What the plan cache had to do with a statement or frame.
 */
export type CacheResult = "hit" | "miss" | "skipped";

/**
 * The reply of `stats`.
 */
export type CacheScopeStats = { 
/**
 * One by one.
 */
caches: Array<CacheStatistics>, };

/**
 * Cache limits in bytes; 0 switches a cache off.
 */
export type CacheSpec = { 
/**
 * Parquet footers.
 */
metadataBytes: number | null, 
/**
 * Directory listings.
 */
listFilesBytes: number | null, 
/**
 * How long a listing is believed.
 */
listFilesTtlMs: number | null, 
/**
 * File statistics.
 */
statisticsBytes: number | null, };

/**
 * What a cache holds and has done.
 */
export type CacheStatistics = { 
/**
 * Which one.
 */
name: CacheKind, 
/**
 * Entries that may be used now.
 */
entries: number, 
/**
 * Their size.
 */
bytes: number, 
/**
 * Lookups that found a usable entry.
 */
hits: number, 
/**
 * Lookups that found none, or one that was too old or outdated.
 */
misses: number, 
/**
 * Entries let go for want of room, for their age, or because what they say has changed.
 */
evictions: number, 
/**
 * Most bytes; 0 = off.
 */
limitBytes: number, 
/**
 * How long entries are believed; null = always.
 */
ttlMs: number | null, };

/**
 * A call of a scalar, higher-order, aggregate or window function.
 */
export type CallSpec = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its arguments.
 */
args: Array<ExprSpec>, 
/**
 * Only distinct values (aggregates).
 */
distinct: boolean, 
/**
 * Only rows where this holds (aggregates).
 */
filter: ExprSpec | null, 
/**
 * Order of the input (aggregates).
 */
orderBy: Array<SortSpec>, 
/**
 * What nulls count for (aggregates and window functions).
 */
nulls: Nulls | null, 
/**
 * The rows that a window function sees.
 */
over: WindowSpec | null, };

/**
 * A catalogue.
 */
export type CatalogNode = { 
/**
 * Its name.
 */
name: string, 
/**
 * Sorted by name.
 */
schemas: Array<SchemaNode>, };

/**
 * One change.
 */
export type CatalogOp = { "op": "createSchema", 
/**
 * Its name.
 */
name: string, } | { "op": "put", 
/**
 * One to three parts.
 */
name: Array<string>, 
/**
 * The prepared table.
 */
provider: HandleRef, 
/**
 * Whether one of that name is replaced.
 */
replace: boolean, } | { "op": "drop", 
/**
 * What it must be.
 */
kind: ObjectKind, 
/**
 * One to three parts.
 */
name: Array<string>, 
/**
 * Whether a missing one is fine.
 */
ifExists: boolean, };

/**
 * The reply of `catalogApply`.
 */
export type CatalogReply = { 
/**
 * The epoch afterwards.
 */
epoch: number, };

/**
 * The request of `catalogApply`.
 */
export type CatalogRequest = { 
/**
 * Performed in order.
 */
ops: Array<CatalogOp>, };

/**
 * Names of the default catalog and schemas.
 */
export type CatalogSpec = { 
/**
 * The default catalog.
 */
default: string, 
/**
 * The default schema.
 */
schema: string, 
/**
 * A further in-memory schema for registered views; null = none.
 */
viewSchema: string | null, 
/**
 * Whether locations stand for tables, where the policy allows it.
 */
urlTables: boolean, };

/**
 * The reply of `introspect`.
 */
export type CatalogTree = { 
/**
 * Number of catalogue changes so far.
 */
epoch: number, 
/**
 * Sorted by name.
 */
catalogs: Array<CatalogNode>, };

/**
 * The reply of `checkpoint`.
 */
export type CheckpointReply = { 
/**
 * What `restore` is given. A later checkpoint takes its place.
 */
id: string, };

/**
 * Who performs a planned statement, and what it takes for that.
 */
export type ClaimReply = { 
/**
 * The module that claims it.
 */
module: string, 
/**
 * What is to be done.
 */
request: ClaimRequest, 
/**
 * Whether the frame of the reply gives the rows.
 */
source: boolean, };

/**
 * What a claimed statement asks for. Names are in one to three parts.
 */
export type ClaimRequest = { "command": "copy", 
/**
 * As it was written.
 */
location: string, 
/**
 * `STORED AS`, lower case.
 */
format: string | null, 
/**
 * Columns that become folders.
 */
partitionBy: Array<string>, 
/**
 * As they were written, keys in lower case.
 */
options: Record<string, string>, } | { "command": "createExternalTable", 
/**
 * Its name.
 */
name: Array<string>, 
/**
 * As they were written.
 */
locations: Array<string>, 
/**
 * `STORED AS`, lower case.
 */
format: string, 
/**
 * Declared columns.
 */
fields: Array<NestedField>, 
/**
 * Columns that come from folders.
 */
partitionColumns: Array<string>, 
/**
 * Keys in lower case, those without a namespace below `format`.
 */
options: Record<string, string>, 
/**
 * OR REPLACE.
 */
replace: boolean, 
/**
 * IF NOT EXISTS, and there is one.
 */
exists: boolean, } | { "command": "insert", 
/**
 * The table.
 */
table: Array<string>, 
/**
 * Replaces all rows.
 */
overwrite: boolean, } | { "command": "insertFiles", 
/**
 * The table.
 */
table: Array<string>, 
/**
 * The folder of its files.
 */
location: string, 
/**
 * Columns that are folders.
 */
partitionBy: Array<string>, 
/**
 * Columns that hold no null, and could have one.
 */
required: Array<string>, 
/**
 * Replaces all files.
 */
overwrite: boolean, } | { "command": "delete", 
/**
 * The table.
 */
table: Array<string>, 
/**
 * Which rows; null where the statement does not say.
 */
where: ExprSpec | null, } | { "command": "change", 
/**
 * The table.
 */
table: Array<string>, 
/**
 * `UPDATE` or `DELETE`.
 */
verb: string, 
/**
 * As in a merge.
 */
merge: DeltaMergeRequest, } | { "command": "merge", 
/**
 * The table.
 */
table: Array<string>, 
/**
 * Columns of the rows are those of `source`, of the table those of `target`.
 */
merge: DeltaMergeRequest, };

/**
 * The reply of `classifySql`.
 */
export type ClassifyReply = { 
/**
 * In the order of the text.
 */
statements: Array<StatementInfo>, };

/**
 * The request of `classifySql`.
 */
export type ClassifyRequest = { 
/**
 * Any number of statements.
 */
sql: string, 
/**
 * The engine's dialect name; generic when left out.
 */
dialect: string | null, };

/**
 * What was dropped or put back.
 */
export type Cleaned = { 
/**
 * Tables added, replaced or dropped since.
 */
tables: number, 
/**
 * Views added, replaced or dropped since.
 */
views: number, 
/**
 * Functions added or replaced since.
 */
functions: number, 
/**
 * Prepared statements added or dropped since.
 */
prepared: number, 
/**
 * Settings that had another value.
 */
settings: number, };

/**
 * The reply of `clear` and `clearCaches`.
 */
export type ClearCachesReply = { 
/**
 * Those that were asked for.
 */
caches: Array<ClearedCache>, };

/**
 * The request of `clear` and `clearCaches`.
 */
export type ClearCachesRequest = { 
/**
 * Which caches; null = all.
 */
kinds: Array<CacheKind> | null, 
/**
 * Only what is about this location or below; null = everything.
 */
prefix: string | null, };

/**
 * What was dropped of one cache.
 */
export type ClearedCache = { 
/**
 * Which one.
 */
name: CacheKind, 
/**
 * Entries dropped.
 */
entries: number, 
/**
 * Their size.
 */
bytes: number, };

/**
 * How text files are compressed.
 */
export type CompressionSpec = "auto" | "none" | "gzip" | "zstd" | "bzip2" | "xz";

/**
 * An operator or table that holds memory of the pool.
 */
export type ConsumerMetrics = { 
/**
 * The engine's name of it.
 */
name: string, 
/**
 * Whether it can spill.
 */
canSpill: boolean, 
/**
 * Bytes held now.
 */
reservedBytes: number, 
/**
 * Most bytes at once.
 */
peakBytes: number, };

/**
 * The document of `contract()`.
 */
export type Contract = { 
/**
 * See [`CONTRACT_VERSION`].
 */
contractVersion: number, 
/**
 * Hash of the sources it was built from.
 */
buildId: string, 
/**
 * Operating system and processor.
 */
target: string, 
/**
 * Versions of the crates below.
 */
engine: EngineVersions, 
/**
 * Cargo features built in, sorted.
 */
features: Array<string>, 
/**
 * Modules that extensions can bring, sorted.
 */
modules: Array<string>, 
/**
 * Everything callable.
 */
entrypoints: Array<Entrypoint>, 
/**
 * Every code that can be raised, sorted.
 */
errorCodes: Array<string>, 
/**
 * Fingerprint of the engine's own functions.
 */
functionCatalogHash: string, 
/**
 * Every setting, sorted.
 */
settingKeys: Array<string>, };

/**
 * How CSV files are read.
 */
export type CsvSpec = { 
/**
 * The first record names the columns.
 */
header: boolean, 
/**
 * Between values, one byte.
 */
delimiter: string, 
/**
 * Around values, one byte.
 */
quote: string, 
/**
 * Before a quote inside quotes, one byte; a doubled quote always works.
 */
escape: string | null, 
/**
 * Begins a line that is skipped, one byte.
 */
comment: string | null, 
/**
 * A regular expression for values that mean null; default the empty value.
 */
nullPattern: string | null, 
/**
 * Quoted values may contain line ends; then files are not split between threads.
 */
newlinesInValues: boolean, 
/**
 * After records, one byte; default any line end.
 */
terminator: string | null, 
/**
 * Records may end early; what is missing is null.
 */
truncatedRows: boolean, 
/**
 * Rows per file looked at for types that are not declared.
 */
inferRows: number, 
/**
 * How files are compressed.
 */
compression: CompressionSpec, };

/**
 * What happens to a row of the table that no source row matches.
 */
export type DeltaBySourceClause = { "action": "update", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, 
/**
 * Columns of the table and their new values.
 */
set: Record<string, DeltaPredicate>, } | { "action": "delete", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, };

/**
 * How an operation commits.
 */
export type DeltaCommit = { 
/**
 * Commit as exactly this version + 1, or fail with `DELTA.VERSION_MISMATCH`.
 */
expectedVersion?: number, 
/**
 * Metadata of the user, kept in the commit.
 */
metadata?: Record<string, unknown>, 
/**
 * The commit's own text field.
 */
userMetadata?: string, 
/**
 * How often a commit is tried again when other writers were first; 15 when left out.
 */
maxCommitRetries?: number, };

/**
 * One commit.
 */
export type DeltaCommitEntry = { 
/**
 * The version it made.
 */
version: number, 
/**
 * When: its own timestamp when it has one, else the time of its file.
 */
timestampMs: number, 
/**
 * What was done; null when the writer did not say.
 */
operation: string | null, 
/**
 * With which parameters.
 */
operationParameters: Record<string, unknown>, 
/**
 * Counters of the writer.
 */
operationMetrics: Record<string, unknown>, 
/**
 * The commit's own text field.
 */
userMetadata?: string, 
/**
 * Further keys of the commit: those of the user, and `deltafuse.*`.
 */
metadata: Record<string, unknown>, 
/**
 * The version the writer had read.
 */
readVersion?: number, 
/**
 * Whether it added rows without reading the table.
 */
isBlindAppend?: boolean, };

/**
 * Makes an empty table.
 */
export type DeltaCreateRequest = { 
/**
 * Absolute path or URL.
 */
uri: string, 
/**
 * The columns.
 */
fields: Array<NestedField>, 
/**
 * Columns whose values name folders.
 */
partitionBy?: Array<string>, 
/**
 * Table properties.
 */
properties?: Record<string, string>, 
/**
 * The table's name.
 */
name?: string, 
/**
 * The table's description.
 */
description?: string, 
/**
 * How it is committed.
 */
commit?: DeltaCommit, };

/**
 * Removes rows.
 */
export type DeltaDeleteRequest = { 
/**
 * Which rows; `true` for all of them.
 */
where: DeltaPredicate, 
/**
 * How it is committed.
 */
commit?: DeltaCommit, };

/**
 * The answer.
 */
export type DeltaExistsReply = { 
/**
 * False for a missing location and for one that is not a Delta table.
 */
exists: boolean, };

/**
 * Asks whether a location is a Delta table.
 */
export type DeltaExistsRequest = { 
/**
 * Absolute path or URL.
 */
uri: string, };

/**
 * The commits that are still in the log, newest first.
 */
export type DeltaHistoryReply = { 
/**
 * The commits.
 */
commits: Array<DeltaCommitEntry>, };

/**
 * Asks for the commits of a table.
 */
export type DeltaHistoryRequest = { 
/**
 * At most this many, newest first.
 */
limit?: number, };

/**
 * What happens to a row of the table that a source row matches.
 */
export type DeltaMatchedClause = { "action": "update", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, 
/**
 * Columns of the table and their new values.
 */
set: Record<string, DeltaPredicate>, } | { "action": "updateAll", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, 
/**
 * Columns left alone.
 */
except?: Array<string>, } | { "action": "delete", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, };

/**
 * A merge and its source.
 */
export type DeltaMergeCall = { 
/**
 * A frame or sink.
 */
source: HandleRef, 
/**
 * What is merged.
 */
merge: DeltaMergeRequest, };

/**
 * Merges a source into a table. The first clause whose condition holds decides about a row.
 */
export type DeltaMergeRequest = { 
/**
 * Which source row matches which row of the table.
 */
on: DeltaPredicate, 
/**
 * Name of the source in expressions; `source` when left out.
 */
sourceAlias?: string, 
/**
 * Name of the table in expressions; `target` when left out.
 */
targetAlias?: string, 
/**
 * For rows of the table that a source row matches.
 */
whenMatched?: Array<DeltaMatchedClause>, 
/**
 * For source rows that match nothing.
 */
whenNotMatched?: Array<DeltaNotMatchedClause>, 
/**
 * For rows of the table that no source row matches.
 */
whenNotMatchedBySource?: Array<DeltaBySourceClause>, 
/**
 * How it is committed.
 */
commit?: DeltaCommit, };

/**
 * Counters of one operation. What an operation does not count is absent.
 */
export type DeltaMetrics = { 
/**
 * Rows in the files added; null when the files do not say.
 */
rowsWritten: number | null, 
/**
 * Data files added.
 */
filesAdded: number, 
/**
 * Data files removed.
 */
filesRemoved: number, 
/**
 * Size of the files added.
 */
bytesAdded: number, 
/**
 * Size of the files removed.
 */
bytesRemoved: number, 
/**
 * Time of the whole operation.
 */
executionMs: number, 
/**
 * Rows of the source.
 */
sourceRows?: number, 
/**
 * Rows that are new in the table.
 */
rowsInserted?: number, 
/**
 * Rows changed.
 */
rowsUpdated?: number, 
/**
 * Rows removed.
 */
rowsDeleted?: number, 
/**
 * Rows that were only moved to another file.
 */
rowsCopied?: number, };

/**
 * What happens to a source row that matches nothing.
 */
export type DeltaNotMatchedClause = { "action": "insert", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, 
/**
 * Columns of the table and their values.
 */
values: Record<string, DeltaPredicate>, } | { "action": "insertAll", 
/**
 * Only where this holds.
 */
when?: DeltaPredicate, 
/**
 * Columns left null.
 */
except?: Array<string>, };

/**
 * Opens a table.
 */
export type DeltaOpenRequest = { 
/**
 * Absolute path or URL.
 */
uri: string, 
/**
 * Pins the table to this version.
 */
version?: number, };

/**
 * SQL text or an expression.
 */
export type DeltaPredicate = string | ExprSpec;

/**
 * The reply of `provider`.
 */
export type DeltaProviderReply = { 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, 
/**
 * The loaded version.
 */
snapshot: DeltaSnapshot, };

/**
 * The request of `provider`.
 */
export type DeltaProviderRequest = { 
/**
 * Whether every statement reads the newest version.
 */
live: boolean, };

/**
 * The report of a change.
 */
export type DeltaReport = { 
/**
 * `create`, `write`, `merge` or `delete`.
 */
operation: string, 
/**
 * How it ended.
 */
status: DeltaStatus, 
/**
 * The version the table has now, as far as this operation knows.
 */
version: number, 
/**
 * All commits of this operation.
 */
versions: Array<number>, 
/**
 * What the commit contains.
 */
metrics: DeltaMetrics, 
/**
 * What did not prevent it.
 */
warnings: Array<DeltaWarning>, 
/**
 * The table afterwards.
 */
snapshot: DeltaSnapshot, 
/**
 * The plan that was written, of a write of a plan.
 */
source?: SourcePlan, };

/**
 * A table at one version. Lists are sorted, `partitionColumns` and `fields` are in the table's order.
 */
export type DeltaSnapshot = { 
/**
 * Its location as a URL.
 */
uri: string, 
/**
 * Its identity, the same for all versions.
 */
tableId: string, 
/**
 * Its name.
 */
name: string | null, 
/**
 * Its description.
 */
description: string | null, 
/**
 * The version.
 */
version: number, 
/**
 * When the version was committed.
 */
timestampMs: number, 
/**
 * Protocol version a reader needs.
 */
minReaderVersion: number, 
/**
 * Protocol version a writer needs.
 */
minWriterVersion: number, 
/**
 * Features a reader needs.
 */
readerFeatures: Array<string>, 
/**
 * Features a writer needs.
 */
writerFeatures: Array<string>, 
/**
 * Table properties.
 */
properties: { [key in string]: string }, 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * Columns whose values name folders.
 */
partitionColumns: Array<string>, 
/**
 * Data files, when they have been listed.
 */
fileCount?: number, 
/**
 * Their size, when they have been listed.
 */
totalBytes?: number, 
/**
 * Hash of the columns with their metadata.
 */
schemaHash: string, 
/**
 * Hash of names and types alone.
 */
schemaIdentityHash: string, };

/**
 * The reply of calls that describe a table.
 */
export type DeltaSnapshotReply = { 
/**
 * The loaded version.
 */
snapshot: DeltaSnapshot, };

/**
 * How an operation ended.
 */
export type DeltaStatus = "committed" | "unchanged" | "skipped";

/**
 * Something that did not prevent the operation.
 */
export type DeltaWarning = { 
/**
 * What it is.
 */
code: string, 
/**
 * What happened.
 */
message: string, };

/**
 * A write and its rows.
 */
export type DeltaWriteCall = { 
/**
 * A frame or sink.
 */
source: HandleRef, 
/**
 * What is written.
 */
write: DeltaWriteRequest, };

/**
 * What happens when the table is there already.
 */
export type DeltaWriteMode = "error" | "ignore" | "append" | "overwrite";

/**
 * Writes rows into a table, which is made when it is missing.
 */
export type DeltaWriteRequest = { 
/**
 * Absolute path or URL.
 */
uri: string, 
/**
 * What happens when the table is there already.
 */
mode: DeltaWriteMode, 
/**
 * Columns whose values name folders; an existing table must have the same.
 */
partitionBy?: Array<string>, 
/**
 * Properties of a new table.
 */
properties?: Record<string, string>, 
/**
 * Name of a new table.
 */
name?: string, 
/**
 * Description of a new table.
 */
description?: string, 
/**
 * How it is committed.
 */
commit?: DeltaCommit, 
/**
 * Size a data file should have.
 */
targetBytes?: number, 
/**
 * How Parquet files are written.
 */
writer?: WriterOptions, };

/**
 * The reply of `describeScan`.
 */
export type DescribeScanReply = { 
/**
 * Per table scan, in the order of the plan.
 */
scans: Array<ScanDescription>, };

/**
 * The request of `describeScan`.
 */
export type DescribeScanRequest = { 
/**
 * Whether files are listed, with the row groups in their footers. Default false.
 */
listFiles: boolean, };

/**
 * What the same query over the same data must give again.
 */
export type Determinism = "fast" | "stable" | "canonical";

/**
 * The digests of the logical stages.
 */
export type Digests = { 
/**
 * As planned.
 */
p0: string, 
/**
 * Optimised.
 */
p1: string, };

/**
 * How a value is made of a column; the later wins where a value is made in several ways.
 */
export type Direct = "none" | "identity" | "transform" | "window" | "aggregate";

/**
 * A filter that an operator makes while it runs.
 */
export type DynamicFilter = { 
/**
 * The operator.
 */
operator: string, 
/**
 * The filter, as it is before the run.
 */
filter: string, };

/**
 * Settings and runtime numbers in effect.
 */
export type Effective = { 
/**
 * Every key of the engine.
 */
settings: Array<SettingEntry>, 
/**
 * Memory, spill and caches as numbers.
 */
runtimeEnv: RuntimeEnvSpec, };

/**
 * Versions of the crates below.
 */
export type EngineVersions = { 
/**
 * DataFusion.
 */
datafusion: string, 
/**
 * `arrow`.
 */
arrow: string, 
/**
 * `parquet`.
 */
parquet: string, 
/**
 * `object_store`.
 */
objectStore: string, 
/**
 * `deltalake`.
 */
delta: string, };

/**
 * An entrypoint and the group it belongs to.
 */
export type Entrypoint = { 
/**
 * `createSession`, or `session.planSql` for a method of a handle.
 */
name: string, 
/**
 * Its group in the design.
 */
group: string, };

/**
 * What the planner expects.
 */
export type Estimates = { 
/**
 * Rows; null when unknown.
 */
rows: number | null, 
/**
 * Bytes; null when unknown.
 */
bytes: number | null, };

/**
 * A plan that was let go.
 */
export type EvictedPlan = { 
/**
 * As in the reply that told of it first.
 */
keyHash: string, 
/**
 * `changed`: catalogue, functions, settings or a source; `version`: a table; `full`: it was used least recently.
 */
reason: string, };

/**
 * How sure the engine is of a number.
 */
export type Exactness = "exact" | "inexact" | "absent";

/**
 * `EXPLAIN` or `EXPLAIN ANALYZE`.
 */
export type ExplainKind = "plan" | "analyze";

/**
 * How much an analysis tells.
 */
export type ExplainLevel = "summary" | "dev";

/**
 * A kind of metrics.
 */
export type ExplainMetrics = "rows" | "bytes" | "timing" | "uncategorized";

/**
 * The reply of `explain`.
 */
export type ExplainReply = { 
/**
 * The engine's text; null for nodes.
 */
text: string | null, 
/**
 * The operators; null for texts.
 */
nodes: Array<PlanOperator> | null, };

/**
 * The request of `explain`.
 */
export type ExplainRequest = { 
/**
 * Default `indent`.
 */
format: ExplainTarget, 
/**
 * Every stage (with indent only).
 */
verbose: boolean, 
/**
 * Executes and adds metrics (with indent and pgjson).
 */
analyze: boolean, 
/**
 * Adds what the planner expects (with indent, without analyze); none = as the session is set.
 */
statistics: boolean | null, 
/**
 * How much an analysis tells; none = as the session is set.
 */
level: ExplainLevel | null, 
/**
 * Which metrics an analysis tells; none = as the session is set.
 */
metrics: Array<ExplainMetrics> | null, };

/**
 * How a plan is told.
 */
export type ExplainTarget = "indent" | "tree" | "pgjson" | "graphviz" | "nodes";

/**
 * An expression. Numbers of literals are decimal text, binaries hexadecimal.
 */
export type ExprSpec = { "e": "col", 
/**
 * The name.
 */
name: string, 
/**
 * The alias of its input.
 */
table: string | null, } | { "e": "lit", 
/**
 * Type text; null infers from the JSON value.
 */
type: string | null, 
/**
 * The value; null is NULL.
 */
value: null | boolean | string, } | { "e": "binary", 
/**
 * SQL text of the operator.
 */
op: string, 
/**
 * Left side.
 */
left: ExprSpec, 
/**
 * Right side.
 */
right: ExprSpec, } | { "e": "not", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isNull", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isNotNull", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isTrue", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isFalse", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isUnknown", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isNotTrue", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isNotFalse", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "isNotUnknown", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "negative", 
/**
 * Its argument.
 */
arg: ExprSpec, } | { "e": "between", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * Lower bound, included.
 */
low: ExprSpec, 
/**
 * Upper bound, included.
 */
high: ExprSpec, 
/**
 * NOT BETWEEN.
 */
negated: boolean, } | { "e": "inList", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * The members.
 */
list: Array<ExprSpec>, 
/**
 * NOT IN.
 */
negated: boolean, } | { "e": "like", 
/**
 * The text.
 */
arg: ExprSpec, 
/**
 * The pattern.
 */
pattern: ExprSpec, 
/**
 * NOT LIKE.
 */
negated: boolean, 
/**
 * ILIKE.
 */
caseInsensitive: boolean, 
/**
 * What takes the meaning from `%` and `_`.
 */
escape: string | null, } | { "e": "similarTo", 
/**
 * The text.
 */
arg: ExprSpec, 
/**
 * The pattern.
 */
pattern: ExprSpec, 
/**
 * NOT SIMILAR TO.
 */
negated: boolean, } | { "e": "cast", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * Type text.
 */
type: string, } | { "e": "tryCast", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * Type text.
 */
type: string, } | { "e": "case", 
/**
 * In order; the first that holds wins.
 */
branches: Array<Branch>, 
/**
 * NULL when left out.
 */
otherwise: ExprSpec | null, } | { "e": "call" } & CallSpec | { "e": "lambda", 
/**
 * Names of its parameters.
 */
params: Array<string>, 
/**
 * Its result.
 */
body: ExprSpec, } | { "e": "param", 
/**
 * Its name, without `$`.
 */
name: string, } | { "e": "inFrame", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * A query of one column.
 */
query: QuerySpec, 
/**
 * NOT IN.
 */
negated: boolean, } | { "e": "exists", 
/**
 * The query.
 */
query: QuerySpec, 
/**
 * NOT EXISTS.
 */
negated: boolean, } | { "e": "scalarOf", 
/**
 * The query.
 */
query: QuerySpec, } | { "e": "outer", 
/**
 * The name.
 */
name: string, 
/**
 * The alias of its input.
 */
table: string | null, } | { "e": "all", 
/**
 * The alias of the input.
 */
table: string | null, 
/**
 * Columns left out.
 */
exclude: Array<string>, 
/**
 * Columns with another value, in their place.
 */
replace: Array<NamedExpr>, } | { "e": "alias", 
/**
 * The value.
 */
arg: ExprSpec, 
/**
 * Its name.
 */
name: string, } | { "e": "field", 
/**
 * The struct.
 */
arg: ExprSpec, 
/**
 * The field.
 */
name: string, } | { "e": "at", 
/**
 * The list.
 */
arg: ExprSpec, 
/**
 * The position.
 */
index: ExprSpec, } | { "e": "slice", 
/**
 * The list.
 */
arg: ExprSpec, 
/**
 * The first.
 */
from: ExprSpec, 
/**
 * The last.
 */
to: ExprSpec, } | { "e": "sql", 
/**
 * The expression.
 */
text: string, };

/**
 * The request of `fail`.
 */
export type FailRequest = { 
/**
 * Why the source failed.
 */
message: string, };

/**
 * Every Arrow type as structured data, told apart by `type`.
 */
export type FieldType = { "type": "null", } | { "type": "bool", } | { "type": "int8", } | { "type": "int16", } | { "type": "int32", } | { "type": "int64", } | { "type": "uint8", } | { "type": "uint16", } | { "type": "uint32", } | { "type": "uint64", } | { "type": "float16", } | { "type": "float32", } | { "type": "float64", } | { "type": "utf8", } | { "type": "large_utf8", } | { "type": "utf8_view", } | { "type": "binary", } | { "type": "large_binary", } | { "type": "binary_view", } | { "type": "fixed_size_binary", byteWidth: number, } | { "type": "date32", } | { "type": "date64", } | { "type": "time32", unit: TimeUnit, } | { "type": "time64", unit: TimeUnit, } | { "type": "timestamp", unit: TimeUnit, timezone?: string, } | { "type": "duration", unit: TimeUnit, } | { "type": "interval", unit: IntervalUnit, } | { "type": "decimal", precision: number, scale: number, bitWidth: 32 | 64 | 128 | 256, } | { "type": "list", item: NestedField, } | { "type": "large_list", item: NestedField, } | { "type": "list_view", item: NestedField, } | { "type": "large_list_view", item: NestedField, } | { "type": "fixed_size_list", item: NestedField, size: number, } | { "type": "struct", fields: Array<NestedField>, } | { "type": "map", key: NestedField, value: NestedField, keysSorted: boolean, } | { "type": "dictionary", index: FieldType, value: FieldType, ordered: boolean, } | { "type": "run_end_encoded", runEnds: NestedField, values: NestedField, } | { "type": "union", mode: UnionLayout, fields: Array<NestedField>, typeIds: Array<number>, };

/**
 * A filter that reaches a table.
 */
export type FilterPushdown = { 
/**
 * The table.
 */
table: string, 
/**
 * The filter.
 */
filter: string, 
/**
 * What the table promises.
 */
support: FilterSupport, 
/**
 * Whether the scan is given it.
 */
inScan: boolean, 
/**
 * Whether the plan applies it above the scan.
 */
residual: boolean, 
/**
 * What becomes of it.
 */
verdict: FilterVerdict, };

/**
 * How far a table promises to apply a filter.
 */
export type FilterSupport = "exact" | "inexact" | "unsupported";

/**
 * What becomes of a filter.
 */
export type FilterVerdict = "satisfied" | "redundant_residual" | "missing_residual" | "lost";

/**
 * A file format.
 */
export type FormatName = "parquet" | "csv" | "json" | "arrow";

/**
 * What every reply with a frame tells of it.
 */
export type FrameReply = { 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, };

/**
 * The reply of `functionCatalog`.
 */
export type FunctionCatalog = { 
/**
 * By name and kind.
 */
entries: Array<FunctionEntry>, 
/**
 * The same hash as in the session's reply.
 */
hash: string, };

/**
 * What the engine says of a function.
 */
export type FunctionDocumentation = { 
/**
 * The group of functions it belongs to.
 */
section: string, 
/**
 * What it does.
 */
description: string, 
/**
 * A call of it in SQL.
 */
syntax: string, 
/**
 * A query with its result.
 */
example: string | null, 
/**
 * Name and meaning of each argument.
 */
arguments: Array<[string, string]>, };

/**
 * A callable function.
 */
export type FunctionEntry = { 
/**
 * Its name.
 */
name: string, 
/**
 * `scalar`, `higher_order`, `aggregate` or `window`.
 */
kind: string, 
/**
 * Its other names.
 */
aliases: Array<string>, 
/**
 * `immutable`, `stable` or `volatile`.
 */
volatility: string, 
/**
 * What the engine says of it.
 */
documentation: FunctionDocumentation | null, };

/**
 * The reply of `registerFunction`.
 */
export type FunctionReply = { 
/**
 * Fingerprint of the signature.
 */
signatureHash: string, 
/**
 * Whether one was replaced.
 */
replaced: boolean, };

/**
 * The request of `registerFunction`.
 */
export type FunctionSpec = { 
/**
 * `[a-z_][a-z0-9_]{0,62}`.
 */
name: string, 
/**
 * In order.
 */
arguments: Array<ParameterSpec>, 
/**
 * Type text of the result.
 */
returns: string, 
/**
 * What it promises.
 */
volatility: Promise, 
/**
 * Which rows reach it.
 */
nulls: NullRule, 
/**
 * Raised by the author when its meaning changes.
 */
version: string, 
/**
 * Most rows per call.
 */
batchSize: number, 
/**
 * Longest wait for an answer; 0 = none.
 */
timeoutMs: number, 
/**
 * Whether a JavaScript function of that name is replaced.
 */
replace: boolean, };

/**
 * How many functions there are and what they hash to.
 */
export type FunctionSummary = { 
/**
 * Names, aliases not counted.
 */
count: number, 
/**
 * Fingerprint over name, kind, aliases and volatility of each, sorted.
 */
hash: string, };

/**
 * A function a plan calls.
 */
export type FunctionUse = { 
/**
 * Its name.
 */
name: string, 
/**
 * `scalar`, `aggregate` or `window`.
 */
kind: string, 
/**
 * `immutable`, `stable` or `volatile`.
 */
volatility: string, 
/**
 * Fingerprint of the signature and the version of one of JavaScript; null for the engine's own.
 */
signatureHash: string | null, };

/**
 * More than one grouping.
 */
export type GroupingSets = "rollup" | "cube" | { "sets": Array<Array<number>> };

/**
 * An attached handle, by position.
 */
export type HandleRef = { 
/**
 * Position in the attached list.
 */
$handle: number, };

/**
 * What a column decides.
 */
export type Indirect = "filter" | "join" | "group" | "sort";

/**
 * Layout of an interval.
 */
export type IntervalUnit = "year_month" | "day_time" | "month_day_nano";

/**
 * The request of `introspect`; without parts the answer is the epoch alone.
 */
export type IntrospectRequest = { 
/**
 * What to read.
 */
parts: Array<Part>, 
/**
 * Only this catalogue.
 */
catalog: string | null, 
/**
 * Only this schema.
 */
schema: string | null, 
/**
 * Only this table.
 */
table: string | null, };

/**
 * Kinds of joins.
 */
export type JoinKind = "inner" | "left" | "right" | "full" | "semi" | "anti" | "rightSemi" | "rightAnti";

/**
 * How a join spent its time.
 */
export type JoinProfile = { 
/**
 * Collecting the build side.
 */
buildNs: number | null, 
/**
 * Joining the probe side to it.
 */
probeNs: number | null, 
/**
 * Rows of the build side.
 */
buildRows: number | null, 
/**
 * Rows of the probe side.
 */
probeRows: number | null, };

/**
 * A join with an operand.
 */
export type JoinSpec = { 
/**
 * Operand position.
 */
right: number, 
/**
 * Pairs of equal columns, left and right.
 */
on: Array<[string, string]>, 
/**
 * Kind of join.
 */
type: JoinKind, 
/**
 * Further condition over both sides.
 */
filter: ExprSpec | null, 
/**
 * Whether NULL equals NULL.
 */
nullEquals: boolean, 
/**
 * Added to right columns whose name the left has.
 */
suffix: string | null, };

/**
 * How JSON files are read.
 */
export type JsonSpec = { 
/**
 * Rows per file looked at for types that are not declared.
 */
inferRows: number, 
/**
 * Each file is one array of objects instead of one object per line.
 */
array: boolean, 
/**
 * How files are compressed.
 */
compression: CompressionSpec, };

/**
 * The reply of `planLineage`.
 */
export type Lineage = { 
/**
 * 1.
 */
lineageVersion: number, 
/**
 * Tables read, as the optimised plan scans them.
 */
scans: Array<LineageScan>, 
/**
 * In the order of the plan, from its root.
 */
joins: Array<LineageJoin>, 
/**
 * In the order of the plan, from its root.
 */
aggregates: Array<LineageAggregate>, 
/**
 * In the order of the plan, from its root.
 */
windows: Array<LineageWindow>, 
/**
 * In the order of the plan, from its root.
 */
sorts: Array<LineageSort>, 
/**
 * In the order of the plan, from its root.
 */
limits: Array<LineageLimit>, 
/**
 * In the order of the plan, from its root.
 */
unions: Array<LineageUnion>, 
/**
 * Queries inside expressions.
 */
subqueries: Array<LineageSubquery>, 
/**
 * Names of the views that were expanded, sorted.
 */
views: Array<string>, 
/**
 * Functions called, sorted.
 */
functions: Array<LineageFunction>, 
/**
 * Output columns, in their order.
 */
columns: Array<LineageColumn>, };

/**
 * Groups and aggregates.
 */
export type LineageAggregate = { 
/**
 * The groups.
 */
groupBy: Array<string>, 
/**
 * What is computed of each.
 */
aggregates: Array<string>, };

/**
 * An output column and what it depends on.
 */
export type LineageColumn = { 
/**
 * Its name.
 */
output: string, 
/**
 * Sorted by table and column.
 */
sources: Array<LineageSource>, };

/**
 * A filter on the rows of a scan.
 */
export type LineageFilter = { 
/**
 * The condition.
 */
expression: string, 
/**
 * `exact` (the table keeps it), `inexact` (it helps, and is checked again) or `unsupported` (checked after the scan).
 */
pushdown: string, };

/**
 * A function that a plan calls.
 */
export type LineageFunction = { 
/**
 * Its name.
 */
name: string, 
/**
 * `scalar`, `aggregate`, `window` or `table`.
 */
kind: string, 
/**
 * `immutable`, `stable` or `volatile`.
 */
volatility: string, 
/**
 * Whether it is the engine's own.
 */
builtin: boolean, };

/**
 * A join.
 */
export type LineageJoin = { 
/**
 * `inner`, `left`, `right`, `full`, `left_semi`, `right_semi`, `left_anti`, `right_anti`, `left_mark` or `right_mark`.
 */
type: string, 
/**
 * What must be equal, on the left; of ON and, for an inner join, of WHERE.
 */
leftKeys: Array<string>, 
/**
 * The same on the right.
 */
rightKeys: Array<string>, 
/**
 * What else ON demands.
 */
filter: string | null, };

/**
 * A limit.
 */
export type LineageLimit = { 
/**
 * Null where it is unlimited or not a number.
 */
limit: number | null, 
/**
 * Rows left out first.
 */
offset: number, };

/**
 * A scan of a table.
 */
export type LineageScan = { 
/**
 * The table.
 */
table: LineageTable, 
/**
 * Its name in the query, where it has another one.
 */
alias: string | null, 
/**
 * Every column that is read.
 */
projection: Array<string>, 
/**
 * Conditions on its rows.
 */
filters: Array<LineageFilter>, 
/**
 * Most rows that are read.
 */
limit: number | null, 
/**
 * The version of a Delta table.
 */
version: number | null, };

/**
 * An order.
 */
export type LineageSort = { 
/**
 * Most significant first.
 */
keys: Array<LineageSortKey>, };

/**
 * A key of an order.
 */
export type LineageSortKey = { 
/**
 * What rows are ordered by.
 */
expression: string, 
/**
 * Greatest first.
 */
descending: boolean, 
/**
 * Where nulls are.
 */
nullsFirst: boolean, };

/**
 * A column that an output column depends on.
 */
export type LineageSource = { 
/**
 * Its table.
 */
table: LineageTable, 
/**
 * Its name.
 */
column: string, 
/**
 * How values are made of it.
 */
direct: Direct, 
/**
 * What else it decides, sorted.
 */
indirect: Array<Indirect>, };

/**
 * A query inside an expression.
 */
export type LineageSubquery = { 
/**
 * `scalar`, `exists`, `in` or `comparison`.
 */
kind: string, 
/**
 * Columns of the queries around it that it uses, sorted.
 */
correlated: Array<string>, };

/**
 * The name of a table as the query gives it.
 */
export type LineageTable = { 
/**
 * Null when the name gives none.
 */
catalog: string | null, 
/**
 * Null when the name gives none.
 */
schema: string | null, 
/**
 * The last part.
 */
name: string, };

/**
 * A union.
 */
export type LineageUnion = { 
/**
 * How many inputs.
 */
inputs: number, 
/**
 * Each row once.
 */
distinct: boolean, };

/**
 * A call of a window function.
 */
export type LineageWindow = { 
/**
 * The whole call.
 */
expression: string, 
/**
 * The partitions.
 */
partitionBy: Array<string>, 
/**
 * The order inside.
 */
orderBy: Array<LineageSortKey>, };

/**
 * Files as a table.
 */
export type ListingRequest = { 
/**
 * An absolute path or a `file://` URL of a folder or a file.
 */
location: string, 
/**
 * Exactly these files, absolute or relative to the location.
 */
files?: Array<string>, 
/**
 * A shell pattern for paths below the folder.
 */
glob?: string, 
/**
 * The format of all files.
 */
format: FormatName, 
/**
 * The ending of file names; default those of the format, any with a glob.
 */
extension?: string, 
/**
 * Columns the table is to have, without the partition columns; default those stored.
 */
schema?: Array<NestedField>, 
/**
 * Types of the partition columns; default utf8.
 */
partitionColumns?: Array<NestedField>, 
/**
 * Whether `key=value` folders are columns.
 */
hive: boolean, 
/**
 * How CSV is read.
 */
csv?: CsvSpec, 
/**
 * How JSON is read.
 */
json?: JsonSpec, 
/**
 * Whether names that begin with `_` or `.` count.
 */
includeHidden: boolean, 
/**
 * Whether folders are entered; default the session's setting. `key=value` folders always are.
 */
recursive?: boolean, };

/**
 * How a LIMIT cuts rows that come in no fixed order.
 */
export type LooseLimit = "unordered" | "ties";

/**
 * The memory pool.
 */
export type MemoryMetrics = { 
/**
 * `fair`, `greedy` or `unbounded`.
 */
pool: string, 
/**
 * Bytes held now.
 */
reservedBytes: number, 
/**
 * Bytes of them that repartitions hold, which may go beyond the limit.
 */
grantedBytes: number, 
/**
 * Null without a limit.
 */
limitBytes: number | null, 
/**
 * Who holds memory, largest first.
 */
consumers: Array<ConsumerMetrics>, };

/**
 * The memory pool.
 */
export type MemorySpec = { 
/**
 * Its kind.
 */
pool: PoolKind, 
/**
 * Its size; needed unless `unbounded`.
 */
limitBytes: number | null, 
/**
 * Consumers named when memory runs out.
 */
topConsumers: number, };

/**
 * A metric of an operator, over all partitions.
 */
export type MetricProfile = { 
/**
 * The engine's name.
 */
name: string, 
/**
 * What the value counts.
 */
unit: MetricUnit, 
/**
 * The value; of a share, the part.
 */
value: number, 
/**
 * Of a share, the whole.
 */
of?: number, };

/**
 * What the value of a metric counts.
 */
export type MetricUnit = "count" | "bytes" | "ns" | "pruned" | "ratio";

/**
 * A module that an extension brings.
 */
export type ModuleSpec = { 
/**
 * Its name.
 */
name: string, };

/**
 * Names allowed (null = all) and denied.
 */
export type NameRules = { 
/**
 * Null allows every name.
 */
allow: Array<string> | null, 
/**
 * Wins over `allow`.
 */
deny: Array<string>, };

/**
 * A value with its column name.
 */
export type NamedExpr = { 
/**
 * The column.
 */
name: string, 
/**
 * Its value.
 */
value: ExprSpec, };

/**
 * One piece of work, with its times.
 */
export type NativeSpan = { 
/**
 * Unique among the spans that are told together.
 */
id: string, 
/**
 * The span around it; null below the operation itself.
 */
parentId: string | null, 
/**
 * What was done.
 */
name: string, 
/**
 * Nanoseconds since the Unix epoch, in decimal.
 */
startUnixNs: string, 
/**
 * Nanoseconds since the Unix epoch, in decimal.
 */
endUnixNs: string, 
/**
 * Facts about it.
 */
attributes: Record<string, string | number | boolean>, 
/**
 * Code of the error that ended it.
 */
error?: string, };

/**
 * The spans that were collected.
 */
export type NativeSpans = { 
/**
 * Parents before their children.
 */
spans: Array<NativeSpan>, 
/**
 * How many more there were.
 */
dropped: number, };

/**
 * A named, typed child: a column, a struct field, a list item, a map key or value.
 */
export type NestedField = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its type.
 */
type: FieldType, 
/**
 * Whether values may be null; a map key never is.
 */
nullable: boolean, 
/**
 * Arrow field metadata; absent when there is none.
 */
metadata?: { [key in string]: string }, };

/**
 * Which rows reach the function.
 */
export type NullRule = "strict" | "pass";

/**
 * What nulls count for.
 */
export type Nulls = "ignore" | "respect";

/**
 * What kind of object a drop means.
 */
export type ObjectKind = "table" | "view" | "schema" | "catalog";

/**
 * One operation.
 */
export type Op = { "op": "select", 
/**
 * In output order.
 */
values: Array<ExprSpec>, } | { "op": "filter", 
/**
 * A boolean.
 */
predicate: ExprSpec, } | { "op": "withColumns", 
/**
 * In order.
 */
values: Array<NamedExpr>, } | { "op": "fillNull", 
/**
 * Existing columns.
 */
values: Array<NamedExpr>, } | { "op": "drop", 
/**
 * Existing names.
 */
columns: Array<string>, } | { "op": "rename", 
/**
 * Old name → new name.
 */
columns: { [key in string]: string }, } | { "op": "distinct" } | { "op": "distinctOn", 
/**
 * The groups.
 */
on: Array<ExprSpec>, 
/**
 * Begins with the groups.
 */
orderBy: Array<SortSpec>, } | { "op": "aggregate", 
/**
 * First in the output.
 */
by: Array<ExprSpec>, 
/**
 * Aggregates.
 */
values: Array<ExprSpec>, 
/**
 * More than one grouping by these columns.
 */
sets: GroupingSets | null, } | { "op": "sort", 
/**
 * Most significant first.
 */
keys: Array<SortSpec>, } | { "op": "limit", 
/**
 * Null = all.
 */
limit: number | null, 
/**
 * Rows left out first.
 */
offset: number, } | { "op": "join" } & JoinSpec | { "op": "union", 
/**
 * Operand positions.
 */
inputs: Array<number>, 
/**
 * Each row once.
 */
distinct: boolean, 
/**
 * How columns find each other.
 */
by: UnionBy, } | { "op": "intersect", 
/**
 * Operand position.
 */
right: number, 
/**
 * Keeps duplicates.
 */
all: boolean, } | { "op": "except", 
/**
 * Operand position.
 */
right: number, 
/**
 * Keeps duplicates.
 */
all: boolean, } | { "op": "unnest", 
/**
 * Lists or structs.
 */
columns: Array<string>, 
/**
 * What becomes of rows without an element.
 */
nulls: UnnestNulls, } | { "op": "repartition", 
/**
 * By the hash of these; in turn when null.
 */
hash: Array<ExprSpec> | null, 
/**
 * How many; the session's when null.
 */
partitions: number | null, } | { "op": "describe" } | { "op": "alias", 
/**
 * The name.
 */
name: string, };

/**
 * The reply of `openSink`.
 */
export type OpenSinkReply = { 
/**
 * The columns it takes.
 */
fields: Array<NestedField>, };

/**
 * The request of `openSink`.
 */
export type OpenSinkRequest = { 
/**
 * An IPC schema message.
 */
schema: BufferRef, };

/**
 * What one operator has measured. Absent numbers were not measured.
 */
export type OperatorProfile = { 
/**
 * Its name.
 */
operator: string, 
/**
 * Position of the operator above it; null for the root.
 */
parent: number | null, 
/**
 * What it does, in one line, where the run was asked to tell.
 */
detail: string | null, 
/**
 * Rows it gave.
 */
rows: number | null, 
/**
 * Batches it gave.
 */
batches: number | null, 
/**
 * Bytes it gave.
 */
bytes: number | null, 
/**
 * Time it computed, over all partitions.
 */
elapsedNs: number | null, 
/**
 * What it spilled, where it can spill.
 */
spill: SpillProfile | null, 
/**
 * How a join spent its time.
 */
join: JoinProfile | null, 
/**
 * What a scan read.
 */
scan: ScanProfile | null, 
/**
 * Its partitions, where it measures them apart.
 */
partitions: Array<PartitionProfile>, 
/**
 * Everything it measured, by name.
 */
metrics: Array<MetricProfile>, };

/**
 * A parameter of a function.
 */
export type ParameterSpec = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its type text.
 */
type: string, };

/**
 * The type a placeholder has in the plan.
 */
export type ParameterType = { 
/**
 * Without `$`.
 */
name: string, 
/**
 * What the planner inferred.
 */
type: FieldType, };

/**
 * Values of placeholders: one row, a column per value.
 */
export type Parameters = { "positional": BufferRef } | { "named": BufferRef };

/**
 * How deep to look.
 */
export type Part = "schemata" | "tables" | "columns";

/**
 * What one partition of an operator has done.
 */
export type PartitionProfile = { 
/**
 * Its number.
 */
partition: number, 
/**
 * Rows it gave.
 */
rows: number, 
/**
 * Time it computed.
 */
elapsedNs: number, };

/**
 * URL prefixes; null = any.
 */
export type PathRules = { 
/**
 * Prefixes SQL may read from.
 */
read: Array<string> | null, 
/**
 * Prefixes SQL may write to.
 */
write: Array<string> | null, };

/**
 * What stands out in a physical plan.
 */
export type PhysicalFacts = { 
/**
 * Output partitions.
 */
partitions: number, 
/**
 * Where rows are spread over other partitions.
 */
repartitions: Array<Repartition>, 
/**
 * Filters made while it runs.
 */
dynamicFilters: Array<DynamicFilter>, 
/**
 * The order of the rows.
 */
orderings: Array<string>, 
/**
 * What it is expected to give.
 */
statistics: PlanStatistics, };

/**
 * What the plan cache had to do with a statement or frame, and what it let go meanwhile.
 */
export type PlanCacheReply = { 
/**
 * What it had to do with it.
 */
result: CacheResult, 
/**
 * Fingerprint of the tokens of the text, or of the operations of the frame and of what they begin with.
 */
keyHash: string, 
/**
 * Why there was no plan, where it is known: `version` for a table that has another version now, `changed` for a frame
 * over another plan of the same source.
 */
reason?: string, 
/**
 * Plans that were let go.
 */
evicted: Array<EvictedPlan>, };

/**
 * One operator of a physical plan.
 */
export type PlanOperator = { 
/**
 * Its position, in pre-order.
 */
id: number, 
/**
 * The position of the operator above it; null for the root.
 */
parent: number | null, 
/**
 * Its name.
 */
operator: string, 
/**
 * What it says of itself, name and value.
 */
properties: Array<[string, string]>, 
/**
 * Rows it is expected to give; null when unknown.
 */
rows: number | null, 
/**
 * Its output partitions.
 */
partitions: number, 
/**
 * The order of its rows, most significant key first; empty when it has none.
 */
orderings: Array<string>, };

/**
 * The reply of `planSql`.
 */
export type PlanSqlReply = { 
/**
 * What the statement is.
 */
statement: StatementInfo, 
/**
 * Types the planner inferred.
 */
parameterTypes: Array<ParameterType>, 
/**
 * How long it took.
 */
timings: PlanTimings, 
/**
 * What the plan cache had to do with it; left out where it is off.
 */
planCache?: PlanCacheReply, 
/**
 * Who performs it, for a statement that a module claims. The frame gives the rows it takes.
 */
claim: ClaimReply | null, 
/**
 * The stream that was opened.
 */
opened: StreamReply | null, 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, };

/**
 * The request of `planSql`.
 */
export type PlanSqlRequest = { 
/**
 * Exactly one statement.
 */
sql: string, 
/**
 * Values of its placeholders.
 */
parameters: Parameters | null, 
/**
 * Tables that it sees over the catalogue.
 */
tables: Array<TableArgument>, 
/**
 * Narrows the session's policy for this call.
 */
policy: SqlPolicy | null, 
/**
 * Which statements the call takes.
 */
allow: Allow, 
/**
 * Opens the stream of its rows too.
 */
open: StreamRequest | null, };

/**
 * How many rows and bytes a plan is expected to give.
 */
export type PlanStatistics = { 
/**
 * Rows; null when unknown.
 */
rows: number | null, 
/**
 * Bytes; null when unknown.
 */
bytes: number | null, 
/**
 * How sure the engine is of the rows.
 */
exactness: Exactness, };

/**
 * The texts of the logical stages, which the digests are of.
 */
export type PlanTexts = { 
/**
 * As planned.
 */
p0: string, 
/**
 * Optimised.
 */
p1: string, };

/**
 * Microseconds of the phases of `planSql`.
 */
export type PlanTimings = { 
/**
 * Parsing and the policy.
 */
parseUs: number, 
/**
 * Resolving names and planning.
 */
analyzeUs: number, };

/**
 * Which memory pool.
 */
export type PoolKind = "fair" | "greedy" | "unbounded";

/**
 * The request of `prepareSql`.
 */
export type PrepareSqlRequest = { 
/**
 * Exactly one query.
 */
sql: string, 
/**
 * What EXECUTE calls it. Left out, SQL does not see it.
 */
name: string | null, 
/**
 * Type texts of `$1`, `$2`, …; the planner infers those that are left out.
 */
types: Array<string>, 
/**
 * Tables that it sees over the catalogue, unless a run gives others.
 */
tables: Array<TableArgument>, 
/**
 * Narrows the session's policy for this statement.
 */
policy: SqlPolicy | null, };

/**
 * The request of `prepareTable`.
 */
export type PrepareTableRequest = { "kind": "listing" } & ListingRequest | { "kind": "memory", 
/**
 * A frame or a sink.
 */
source: HandleRef, } | { "kind": "view", 
/**
 * A frame.
 */
source: HandleRef, 
/**
 * Its text, for `information_schema`.
 */
sql?: string, };

/**
 * A parameter of a prepared statement.
 */
export type PreparedParameter = { 
/**
 * Without `$`.
 */
name: string, 
/**
 * What the planner inferred; null where any type will do.
 */
type: FieldType | null, };

/**
 * The reply of `prepareSql`.
 */
export type PreparedReply = { 
/**
 * The query.
 */
sql: string, 
/**
 * What the statement is.
 */
statement: StatementInfo, 
/**
 * In the order of their names.
 */
parameters: Array<PreparedParameter>, 
/**
 * How long it took.
 */
timings: PlanTimings, 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, };

/**
 * The request of `preparedSql`.
 */
export type PreparedSqlRequest = { 
/**
 * What EXECUTE calls it.
 */
name: string, };

/**
 * The reply of `prepareTable`.
 */
export type PreparedTableReply = { 
/**
 * The columns of the table, partition columns last.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, 
/**
 * What is stored: of CSV and JSON the names and inferred types.
 */
storedFields: Array<NestedField>, 
/**
 * Columns that come from folders.
 */
partitionColumns: Array<string>, 
/**
 * Files found.
 */
fileCount?: number, 
/**
 * Bytes of the files, or in memory.
 */
totalBytes?: number, 
/**
 * Rows in memory.
 */
rows?: number, };

/**
 * The reply of `probeLocation`.
 */
export type ProbeReply = { 
/**
 * What was found.
 */
status: ProbeStatus, 
/**
 * Why it is not `ok`.
 */
reason: string | null, 
/**
 * Files that count.
 */
fileCount: number, 
/**
 * Their bytes.
 */
bytes: number, 
/**
 * It is a Delta table.
 */
isDelta: boolean, 
/**
 * It is a folder.
 */
directory: boolean, 
/**
 * The endings of their names, without compression, sorted.
 */
extensions: Array<string>, };

/**
 * The request of `probeLocation`.
 */
export type ProbeRequest = { 
/**
 * An absolute path or a `file://` URL.
 */
location: string, 
/**
 * Counts the files of this format; default all.
 */
format?: FormatName, 
/**
 * A shell pattern for paths below the folder.
 */
glob?: string, };

/**
 * What a probe finds.
 */
export type ProbeStatus = "ok" | "missing_path" | "empty_path" | "unreadable";

/**
 * The reply of `profile`.
 */
export type ProfileReply = { 
/**
 * Rows the root gave.
 */
rows: number, 
/**
 * From the first pull to the end, or until now.
 */
durationUs: number, 
/**
 * Most bytes the query held of the memory pool at once.
 */
peakReservedBytes: number, 
/**
 * The operators in pre-order, each once.
 */
operators: Array<OperatorProfile>, };

/**
 * What the calls that hold a token have done so far.
 */
export type Progress = { 
/**
 * Always `running`: there is no progress before a plan runs.
 */
phase: string, 
/**
 * Rows read by the scans so far.
 */
rows: number, 
/**
 * Bytes read by the scans so far.
 */
bytes: number, 
/**
 * Files finished.
 */
filesDone: number, 
/**
 * Files to read.
 */
filesTotal: number, 
/**
 * Bytes spilled to disk.
 */
spilledBytes: number, };

/**
 * What a function promises.
 */
export type Promise = "immutable" | "stable" | "volatile";

/**
 * What was read of something, and what was left out unread.
 */
export type Pruned = { 
/**
 * Read.
 */
scanned: number, 
/**
 * Left out.
 */
pruned: number, };

/**
 * The reply of `probePushdown`.
 */
export type PushdownReply = { 
/**
 * Per table scan and filter, in the order of the plan.
 */
filters: Array<FilterPushdown>, };

/**
 * Queries of a session that began to run.
 */
export type QueryCounts = { 
/**
 * Not ended yet.
 */
running: number, 
/**
 * Ended well, or early because nobody wanted more.
 */
finished: number, 
/**
 * Ended by an error.
 */
failed: number, 
/**
 * Stopped.
 */
cancelled: number, };

/**
 * How a query ended.
 */
export type QueryEnd = "finished" | "failed" | "cancelled";

/**
 * A query inside an expression.
 */
export type QuerySpec = { 
/**
 * Operand position.
 */
source: number, 
/**
 * Performed in order.
 */
ops: Array<Op>, };

/**
 * Why a form of a plan could not be made.
 */
export type Refusal = { 
/**
 * Code of the error.
 */
code: string, 
/**
 * A sentence.
 */
message: string, };

/**
 * A spread of rows over other partitions.
 */
export type Repartition = { 
/**
 * How, for example `Hash([a@0], 4)`.
 */
partitioning: string, 
/**
 * Partitions it reads.
 */
from: number, 
/**
 * Partitions it gives.
 */
to: number, };

/**
 * The reply of `restore`.
 */
export type RestoreReply = { 
/**
 * What was not as it had been.
 */
cleaned: Cleaned, 
/**
 * Whether everything is as it had been, read once more.
 */
verified: boolean, };

/**
 * The request of `restore`.
 */
export type RestoreRequest = { 
/**
 * The session's checkpoint.
 */
id: string, };

/**
 * The reply of `rules`: phases in the order in which a statement meets them, each in the order in which it runs.
 */
export type RuleCatalog = { 
/**
 * Planners of tables in FROM; the first that knows one wins.
 */
relationPlanners: Array<RuleEntry>, 
/**
 * Planners of expressions; the first that knows one wins.
 */
expressionPlanners: Array<RuleEntry>, 
/**
 * The planner of SQL types, where there is one.
 */
typePlanners: Array<RuleEntry>, 
/**
 * On the logical plan, before optimisation.
 */
analyzer: Array<RuleEntry>, 
/**
 * On the logical plan, in passes.
 */
optimizer: Array<RuleEntry>, 
/**
 * The planner that makes physical plans.
 */
queryPlanners: Array<RuleEntry>, 
/**
 * Planners of nodes that the engine does not know; the first that knows one wins.
 */
extensionPlanners: Array<RuleEntry>, 
/**
 * On the physical plan.
 */
physical: Array<RuleEntry>, };

/**
 * A rule or planner.
 */
export type RuleEntry = { 
/**
 * The engine's name of it.
 */
name: string, 
/**
 * Where it comes from.
 */
origin: RuleOrigin, };

/**
 * Names of the rules, in the order they run.
 */
export type RuleNames = { 
/**
 * On the logical plan, before optimisation.
 */
analyzer: Array<string>, 
/**
 * On the logical plan.
 */
optimizer: Array<string>, 
/**
 * On the physical plan.
 */
physical: Array<string>, };

/**
 * Where a rule comes from.
 */
export type RuleOrigin = "datafusion" | "deltafuse";

/**
 * Memory, spill and caches; null keeps the engine's default.
 */
export type RuntimeEnvSpec = { 
/**
 * The memory pool.
 */
memory: MemorySpec, 
/**
 * Where and how much may spill.
 */
spill: SpillSpec, 
/**
 * Cache limits.
 */
caches: CacheSpec, };

/**
 * The reply of `runtimeMetrics`.
 */
export type RuntimeMetrics = { 
/**
 * The memory pool.
 */
memory: MemoryMetrics, 
/**
 * Spilled data on disk now.
 */
spill: SpillMetrics, 
/**
 * The caches of files.
 */
caches: Array<CacheStatistics>, 
/**
 * Open native objects of the process by class.
 */
handles: Record<string, number>, 
/**
 * Queries of the session.
 */
queries: QueryCounts, };

/**
 * Sizes of the runtimes, and how memory is handed over; what is left out keeps its default.
 */
export type RuntimeOptions = { 
/**
 * Threads that run plans; default the number of cores, at least 2.
 */
workerThreads: number | null, 
/**
 * Threads for object-store I/O; default 2.
 */
ioThreads: number | null, 
/**
 * Upper bound of blocking threads; default 64.
 */
maxBlockingThreads: number | null, 
/**
 * Whether large batches are handed over in the memory where they are; default true where the runtime allows it.
 */
externalBuffers: boolean | null, };

/**
 * The document of `runtimeStats()`.
 */
export type RuntimeStats = { 
/**
 * Threads that run plans; null before the first call.
 */
workerThreads: number | null, 
/**
 * Threads for object-store I/O; null before the first call.
 */
ioThreads: number | null, 
/**
 * Open handles by class.
 */
handles: Record<string, number>, 
/**
 * Handles freed by the garbage collector without `close()`.
 */
leaked: number, 
/**
 * Batches copied into memory of JavaScript's own.
 */
copiedBuffers: number, };

/**
 * What one table scan would read.
 */
export type ScanDescription = { 
/**
 * The table, with the columns that are read.
 */
table: TableUse, 
/**
 * Partitions the scan gives.
 */
partitions: number, 
/**
 * Filters the scan is given.
 */
filters: Array<ScanFilter>, 
/**
 * Most rows it gives; null without a limit.
 */
limit: number | null, 
/**
 * Its files; null where it reads none.
 */
files: ScanFiles | null, };

/**
 * A file that is read.
 */
export type ScanFile = { 
/**
 * Its path in the store.
 */
path: string, 
/**
 * Its size.
 */
bytes: number, 
/**
 * Row groups; null for other formats than Parquet.
 */
rowGroups: number | null, };

/**
 * The files of a scan.
 */
export type ScanFiles = { 
/**
 * Files of the table.
 */
total: number, 
/**
 * Files that the filters leave which the table applies exactly, as those of partitions.
 */
partitioned: number, 
/**
 * Files that are read.
 */
candidate: number, 
/**
 * Bytes of the table.
 */
totalBytes: number, 
/**
 * Bytes of the files that are read.
 */
candidateBytes: number, 
/**
 * Row groups of those, where files are listed and all are Parquet.
 */
rowGroups: number | null, 
/**
 * The files that are read, by path, where asked for.
 */
list: Array<ScanFile> | null, };

/**
 * A filter of a scan.
 */
export type ScanFilter = { 
/**
 * The filter.
 */
expression: string, 
/**
 * How far the table applies it.
 */
pushdown: FilterSupport, };

/**
 * What a scan read.
 */
export type ScanProfile = { 
/**
 * Bytes read.
 */
bytes: number, 
/**
 * Files; the parts of a large file that are read apart count each.
 */
files: Pruned | null, 
/**
 * Row groups of Parquet files.
 */
rowGroups: Pruned | null, };

/**
 * The reply of `schemaCodec`.
 */
export type SchemaCodecReply = { 
/**
 * The columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, 
/**
 * Hash of what the columns are, without layout and metadata.
 */
schemaHash: string, 
/**
 * Hash of everything the schema says.
 */
schemaIdentityHash: string, };

/**
 * The request of `schemaCodec`: exactly one of its members.
 */
export type SchemaCodecRequest = { 
/**
 * Columns to write as an IPC schema message.
 */
fields?: Array<NestedField>, 
/**
 * An IPC schema message, or a stream that begins with one.
 */
schema?: BufferRef, };

/**
 * A schema.
 */
export type SchemaNode = { 
/**
 * Its name.
 */
name: string, 
/**
 * Sorted by name; empty unless tables were asked for.
 */
tables: Array<TableNode>, };

/**
 * What `createSession` tells of the session.
 */
export type SessionReply = { 
/**
 * UUID of the native session.
 */
sessionId: string, 
/**
 * What really took effect.
 */
effective: Effective, 
/**
 * The callable functions.
 */
functions: FunctionSummary, 
/**
 * Rules in order; the engine's own come first.
 */
rules: RuleNames, 
/**
 * Planners in order.
 */
planners: Array<string>, };

/**
 * Everything a session is built from. Every member may be left out: the engine's defaults apply.
 */
export type SessionSpec = { 
/**
 * Settings in the order they are applied (some cascade).
 */
settings: Array<[string, string]>, 
/**
 * Memory, spill and caches.
 */
runtimeEnv: RuntimeEnvSpec, 
/**
 * Names of the default catalog and schemas.
 */
catalog: CatalogSpec, 
/**
 * What SQL may do.
 */
sqlPolicy: SqlPolicy, 
/**
 * What the same query must give again.
 */
determinism: Determinism, 
/**
 * Caches that the session shares with others; null = its own.
 */
cacheScope: HandleRef | null, 
/**
 * Analysed queries that are kept; 0 keeps none.
 */
planCacheEntries: number, 
/**
 * Modules whose statements somebody performs.
 */
modules: Array<ModuleSpec>, };

/**
 * The option a SET or RESET names.
 */
export type SettingChange = { 
/**
 * Full key.
 */
key: string, 
/**
 * New value; null for RESET.
 */
value: string | null, };

/**
 * One key with its effective value.
 */
export type SettingEntry = { 
/**
 * Full key.
 */
key: string, 
/**
 * The engine's text; null when unset.
 */
value: string | null, 
/**
 * What it does, in the engine's words.
 */
description: string, };

/**
 * The reply of `settings`.
 */
export type SettingsReply = { 
/**
 * Sorted by key.
 */
entries: Array<SettingEntry>, 
/**
 * Memory, spill and caches as numbers.
 */
runtimeEnv: RuntimeEnvSpec, };

/**
 * One key of an order.
 */
export type SortSpec = { 
/**
 * The value sorted by.
 */
value: ExprSpec, 
/**
 * Largest first.
 */
descending: boolean, 
/**
 * Nulls before everything else.
 */
nullsFirst: boolean, };

/**
 * What identifies the plan of a source.
 */
export type SourcePlan = { 
/**
 * Digest of the optimised plan.
 */
p1: string, 
/**
 * Tables read.
 */
tables: Array<TableUse>, 
/**
 * Functions called.
 */
functions: Array<FunctionUse>, };

/**
 * What a frame is made of.
 */
export type SourceRef = HandleRef | TableRef;

/**
 * Spilled data on disk now.
 */
export type SpillMetrics = { 
/**
 * Files.
 */
files: number, 
/**
 * Their size.
 */
bytes: number, };

/**
 * Where spilled data goes.
 */
export type SpillMode = "os" | "directories" | "disabled";

/**
 * What was spilled.
 */
export type SpillProfile = { 
/**
 * Times.
 */
count: number, 
/**
 * Rows.
 */
rows: number, 
/**
 * Bytes.
 */
bytes: number, };

/**
 * Spilling.
 */
export type SpillSpec = { 
/**
 * Where.
 */
mode: SpillMode, 
/**
 * Absolute paths, with mode `directories`.
 */
directories: Array<string>, 
/**
 * Most bytes on disk at once.
 */
maxBytes: number | null, 
/**
 * Most spilled files merged at once; 0 sets no limit.
 */
mergeFanIn: number | null, };

/**
 * The reply of `spool`.
 */
export type SpoolReply = { 
/**
 * Rows that are kept.
 */
rows: number, 
/**
 * Bytes they take, in memory and in the file.
 */
bytes: number, 
/**
 * Its columns.
 */
fields: Array<NestedField>, 
/**
 * The same as an IPC schema message.
 */
schema: BufferRef, };

/**
 * The request of `spool`.
 */
export type SpoolRequest = { 
/**
 * Bytes kept in memory; what comes after goes to a file.
 */
memoryBytes: number, 
/**
 * Most bytes in all; null sets no limit.
 */
maxBytes: number | null, };

/**
 * The SQL policy, field by field as config declares it. The default allows everything.
 */
export type SqlPolicy = { 
/**
 * Name shown in violations.
 */
name: string, 
/**
 * CREATE, DROP, ALTER.
 */
ddl: boolean, 
/**
 * INSERT, UPDATE, DELETE, MERGE, TRUNCATE.
 */
dml: boolean, 
/**
 * COPY … TO.
 */
copy: boolean, 
/**
 * SET, RESET, PREPARE, EXECUTE, DEALLOCATE, transactions.
 */
statements: boolean, 
/**
 * EXPLAIN ANALYZE, which executes.
 */
explainAnalyze: boolean, 
/**
 * `f(a => 1)`.
 */
namedArguments: boolean, 
/**
 * Locations used as table names.
 */
urlTables: boolean, 
/**
 * Functions that take a location.
 */
pathFunctions: boolean, 
/**
 * Which functions may be called.
 */
functions: NameRules, 
/**
 * Names parameters may have; null = any.
 */
parameterNames: Array<string> | null, 
/**
 * Locations SQL may read and write.
 */
paths: PathRules, 
/**
 * Longest text that is parsed, in bytes.
 */
maxSqlBytes: number, };

/**
 * Whose SQL is written.
 */
export type SqlTarget = "datafusion" | "postgresql" | "mysql" | "sqlite" | "duckdb" | "bigquery";

/**
 * One stage of a plan.
 */
export type Stage = { 
/**
 * Fingerprint of the text.
 */
digest: string, 
/**
 * The text, when asked for.
 */
text: string | null, 
/**
 * Hash of the output columns.
 */
schemaHash: string, 
/**
 * Nodes of the plan.
 */
nodeCount: number, };

/**
 * One statement of a text.
 */
export type StatementInfo = { 
/**
 * Position among the statements of the text.
 */
ordinal: number, 
/**
 * Where it begins in the text, in UTF-16 units; of a statement inside another, where that one does.
 */
start: number, 
/**
 * Where it ends: behind its last character.
 */
end: number, 
/**
 * What it is; a query with an INSERT inside is `dml`.
 */
kind: StatementKind, 
/**
 * Its leading words, e.g. `CREATE VIEW`.
 */
verb: string, 
/**
 * The statement that an EXPLAIN wraps.
 */
inner: StatementInfo | null, 
/**
 * For EXPLAIN: whether it executes.
 */
explain: ExplainKind | null, 
/**
 * Tables it reads, CTEs left out.
 */
reads: Array<string>, 
/**
 * Tables it creates, changes or drops.
 */
writes: Array<string>, 
/**
 * Locations in it, each in the one spelling that policies compare; one that could mean two things as it is written.
 */
locations: Array<string>, 
/**
 * Functions it calls, lower case.
 */
functions: Array<string>, 
/**
 * Parameters, without `$`.
 */
placeholders: Array<string>, 
/**
 * Whether a call names its arguments.
 */
namedArguments: boolean, 
/**
 * The option of a SET or RESET.
 */
setting: SettingChange | null, 
/**
 * The name in PREPARE, EXECUTE or DEALLOCATE.
 */
prepared: string | null, 
/**
 * The module that performs it, as far as that is known without the tables it changes.
 */
module: string | null, 
/**
 * The text with every literal replaced by `?` and without comments.
 */
sanitized: string, 
/**
 * Verb and tables, e.g. `SELECT t`.
 */
summary: string, };

/**
 * What a statement does; later kinds are stronger.
 */
export type StatementKind = "query" | "explain" | "statement" | "copy" | "dml" | "ddl" | "command";

/**
 * Which statistics are written.
 */
export type StatisticsLevel = "none" | "chunk" | "page";

/**
 * The reply of `metrics`.
 */
export type StreamMetrics = { 
/**
 * Rows handed over.
 */
rows: number, 
/**
 * Batches handed over.
 */
batches: number, 
/**
 * Bytes handed over.
 */
bytes: number, 
/**
 * From the first pull to the first batch; null when there was none.
 */
firstBatchUs: number | null, 
/**
 * From the first pull to the end.
 */
durationUs: number, 
/**
 * Most bytes this query held of the memory pool at once.
 */
peakReservedBytes: number, 
/**
 * Totals of the operators.
 */
totals: Totals, 
/**
 * Spans of the run, under a sampled trace; told once.
 */
nativeSpans?: NativeSpans, };

/**
 * The reply of `stream`.
 */
export type StreamReply = { 
/**
 * Logical columns.
 */
fields: Array<NestedField>, 
/**
 * Columns as they cross, where a cast applies.
 */
storageFields: Array<NestedField> | null, 
/**
 * Schema message of what crosses.
 */
schema: BufferRef, 
/**
 * Output partitions.
 */
partitions: number, 
/**
 * Digests of the logical stages.
 */
digests: Digests, 
/**
 * Their texts, when asked for.
 */
texts?: PlanTexts, 
/**
 * Tables read.
 */
tables: Array<TableUse>, 
/**
 * Functions called.
 */
functions: Array<FunctionUse>, 
/**
 * What the planner expects.
 */
estimates: Estimates, 
/**
 * How long planning took.
 */
timings: StreamTimings, };

/**
 * The request of `stream`.
 */
export type StreamRequest = { 
/**
 * Batches made ahead; default 2.
 */
prefetchBatches: number | null, 
/**
 * Bytes made ahead; default 64 MiB.
 */
prefetchBytes: number | null, 
/**
 * What happens to view types; default `plain`.
 */
viewTypes: ViewTypes | null, 
/**
 * True opens a stream per output partition. Default false.
 */
partitioned: boolean, 
/**
 * True begins the query; a first batch that is soon there comes with the reply. Default false.
 */
begin: boolean, 
/**
 * True keeps what each operator does, for a profile. Default false.
 */
details: boolean, 
/**
 * True sends the texts of the logical stages. Default false.
 */
texts: boolean, };

/**
 * Microseconds of the planning phases.
 */
export type StreamTimings = { 
/**
 * Logical optimisation.
 */
optimizeUs: number, 
/**
 * Physical planning.
 */
physicalUs: number, };

/**
 * The request of `fromSubstrait`.
 */
export type SubstraitRequest = { 
/**
 * A serialised `Plan`.
 */
plan: BufferRef, };

/**
 * A table that a statement sees under a name.
 */
export type TableArgument = { 
/**
 * The name, as the statement has it after folding its case.
 */
name: string, 
/**
 * A frame, or a sink that is read once.
 */
source: HandleRef, };

/**
 * A table.
 */
export type TableNode = { 
/**
 * Its name.
 */
name: string, 
/**
 * `base`, `view` or `temporary`.
 */
kind: string, 
/**
 * Its columns, when asked for.
 */
fields: Array<NestedField> | null, };

/**
 * A registered table or view.
 */
export type TableRef = { 
/**
 * Its name, of one to three parts.
 */
table: Array<string>, };

/**
 * A table a plan reads.
 */
export type TableUse = { 
/**
 * Its catalogue, when the name gives one.
 */
catalog: string | null, 
/**
 * Its schema, when the name gives one.
 */
schema: string | null, 
/**
 * Its name; `<location:name of the file or folder>` where a location stands for it.
 */
name: string, 
/**
 * `listing`, `memory`, `delta`, `view`, `function` or `other`.
 */
kind: string, 
/**
 * Tells a table in memory from all others, and a table function's call from calls with other arguments.
 */
instance: string | null, 
/**
 * Hash of its columns.
 */
schemaHash: string, 
/**
 * The Delta version read.
 */
deltaVersion: number | null, 
/**
 * The Delta table's id.
 */
tableId: string | null, 
/**
 * Columns read.
 */
columns: Array<string>, 
/**
 * Filters the scan takes.
 */
filters: number, };

/**
 * Resolution of times, timestamps and durations.
 */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/**
 * The reply of `toSql`.
 */
export type ToSqlReply = { 
/**
 * One query.
 */
sql: string, };

/**
 * The request of `toSql`.
 */
export type ToSqlRequest = { 
/**
 * Whose SQL; the engine's when left out.
 */
dialect: SqlTarget, };

/**
 * Totals of one plan.
 */
export type Totals = { 
/**
 * Rows the leaves gave.
 */
scanRows: number, 
/**
 * Bytes the scans read.
 */
scanBytes: number, 
/**
 * Files finished.
 */
filesDone: number, 
/**
 * Files opened or queued.
 */
filesTotal: number, 
/**
 * Times an operator spilled.
 */
spillCount: number, 
/**
 * Rows spilled.
 */
spilledRows: number, 
/**
 * Bytes spilled.
 */
spilledBytes: number, 
/**
 * Operators.
 */
operators: number, };

/**
 * Where a rule runs.
 */
export type TracePhase = "analyzer" | "optimizer" | "physical";

/**
 * The reply of `optimizerTrace`.
 */
export type TraceReply = { 
/**
 * The applications, in order.
 */
steps: Array<TraceStep>, };

/**
 * The request of `optimizerTrace`.
 */
export type TraceRequest = { 
/**
 * Which steps come with the plan's text.
 */
text: TraceText, 
/**
 * Rules left out in this call.
 */
disable: Array<string>, 
/**
 * Passes of the optimizer; none = as the session is set.
 */
maxPasses: number | null, };

/**
 * One application of a rule.
 */
export type TraceStep = { 
/**
 * Where.
 */
phase: TracePhase, 
/**
 * The pass, from 0.
 */
pass: number, 
/**
 * Position of the rule among those of its phase.
 */
ordinal: number, 
/**
 * Its name.
 */
rule: string, 
/**
 * Whether the plan is another one afterwards.
 */
changed: boolean, 
/**
 * Digest of the plan afterwards.
 */
digest: string, 
/**
 * The plan afterwards, where asked for.
 */
text?: string, 
/**
 * How long it took.
 */
durationNs: number, };

/**
 * Which steps come with the plan's text.
 */
export type TraceText = "changed" | "all" | "none";

/**
 * How the columns of a union find each other.
 */
export type UnionBy = "position" | "name" | "anyName";

/**
 * How the members of a union lie.
 */
export type UnionLayout = "sparse" | "dense";

/**
 * What becomes of rows without an element.
 */
export type UnnestNulls = "drop" | "preserve" | "preserve_empty";

/**
 * The request of `values`.
 */
export type ValuesRequest = { 
/**
 * An IPC stream, or its begin.
 */
source: BufferRef, 
/**
 * Gathered bytes: the rest of it.
 */
rest?: HandleRef, };

/**
 * What happens to string and binary views.
 */
export type ViewTypes = "plain" | "keep";

/**
 * A bound of a window.
 */
export type WindowBound = "unbounded" | "current" | { "preceding": string } | { "following": string };

/**
 * Which rows around the current one count.
 */
export type WindowFrameSpec = { 
/**
 * What the bounds count.
 */
unit: WindowUnit, 
/**
 * The first.
 */
from: WindowBound, 
/**
 * The last.
 */
to: WindowBound, };

/**
 * `OVER (…)`.
 */
export type WindowSpec = { 
/**
 * Rows that belong together.
 */
partitionBy: Array<ExprSpec>, 
/**
 * Their order.
 */
orderBy: Array<SortSpec>, 
/**
 * Which of them count; null is SQL's default.
 */
frame: WindowFrameSpec | null, };

/**
 * What the bounds of a window count.
 */
export type WindowUnit = "rows" | "range" | "groups";

/**
 * The reply of `writeFacts`.
 */
export type WriteFactsReply = { 
/**
 * Something is there.
 */
exists: boolean, 
/**
 * It is a folder.
 */
directory: boolean, 
/**
 * A folder without entries, or a file without bytes.
 */
empty: boolean, 
/**
 * What is not part of a Parquet dataset, relative to the location; at most 100 names.
 */
foreignFiles: Array<string>, 
/**
 * It is a Delta table.
 */
isDelta: boolean, 
/**
 * The columns of the source.
 */
fields?: Array<NestedField>, };

/**
 * The request of `writeFacts`.
 */
export type WriteFactsRequest = { 
/**
 * An absolute path or a `file://` URL.
 */
location: string, 
/**
 * A frame or a sink whose columns are wanted.
 */
source?: HandleRef, };

/**
 * The reply of `writeFiles`.
 */
export type WriteFilesReply = { 
/**
 * The files, by path.
 */
files: Array<WrittenFile>, 
/**
 * Rows in all of them.
 */
rows: number, 
/**
 * Bytes of all of them.
 */
bytes: number, 
/**
 * Different values of the partition columns; 0 without such columns.
 */
partitions: number, 
/**
 * The plan that was written.
 */
source: SourcePlan | null, };

/**
 * The request of `writeFiles`.
 */
export type WriteFilesRequest = { 
/**
 * A frame or a sink.
 */
source: HandleRef, 
/**
 * An absolute path or a `file://` URL.
 */
location: string, 
/**
 * The format of the files.
 */
format: WriteFormat, 
/**
 * What happens to something that is there.
 */
mode: WriteMode, 
/**
 * One file at the location instead of a folder of files.
 */
single: boolean, 
/**
 * Columns that become `key=value` folders, outermost first.
 */
partitionBy: Array<string>, 
/**
 * Columns that hold no null.
 */
required: Array<string>, 
/**
 * Part of the file names: letters, digits, `-` and `_`.
 */
writeId: string, 
/**
 * How files are written.
 */
options: WriterOptions, };

/**
 * A format that can be written.
 */
export type WriteFormat = "parquet";

/**
 * What happens to something that is there.
 */
export type WriteMode = "error" | "overwrite" | "append";

/**
 * How Parquet files are written. Every member may be left out.
 */
export type WriterOptions = { 
/**
 * `uncompressed`, `snappy`, `lz4_raw`, `zstd`, `gzip` or `brotli`, the last three with a level as `zstd(3)`;
 * default `zstd(3)`.
 */
compression: string | null, 
/**
 * Most rows of a row group; default 1048576.
 */
rowGroupRows: number | null, 
/**
 * Whether values may be written as dictionaries; default true.
 */
dictionary: boolean | null, 
/**
 * Which statistics are written; default `page`.
 */
statistics: StatisticsLevel | null, };

/**
 * One file that was written.
 */
export type WrittenFile = { 
/**
 * Its absolute path.
 */
path: string, 
/**
 * Its rows.
 */
rows: number, 
/**
 * Its bytes.
 */
bytes: number, 
/**
 * The values of its folders; null for null.
 */
partition: { [key in string]: string | null }, };
