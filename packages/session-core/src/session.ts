import type { AbortableOptions } from "@deltafuse/config/abort";
import type { QueryId, SessionId } from "@deltafuse/config/brand";
import type { Closeable } from "@deltafuse/config/disposal";
import type { EnvPatch } from "@deltafuse/config/env";
import type { IdentitySections } from "@deltafuse/config/identity";
import type { Machine } from "@deltafuse/config/machine";
import type { Profile } from "@deltafuse/config/profile";
import type { ResolvedProfile } from "@deltafuse/config/resolve";
import type { SqlPolicyInput, SqlPolicyName } from "@deltafuse/config/sql-policy";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { ExecutionPolicy } from "@deltafuse/hooks/execution-policy";
import type { ExecutionLabel } from "@deltafuse/hooks/label";
import type { Table } from "apache-arrow";
import type { ArrowInput } from "./arrow-input.ts";
import type { CacheScope, ClearCaches, ClearReport } from "./cache-scope.ts";
import type { CatalogTree, InspectRequest } from "./catalog-tree.ts";
import type { SessionExtension, SessionSlot } from "./extension.ts";
import type { NestedField } from "./field-type.ts";
import type { Frame, ResultLimits } from "./frame.ts";
import type { Parameters, TableParameters } from "./parameters.ts";
import type { PreparedStatement } from "./prepared.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { RuleCatalog } from "./rule-catalog.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import type { SessionRuntime, SettingsSnapshot } from "./session-runtime.ts";
import { startSession } from "./session-start.ts";
import type { SqlQuery } from "./sql.ts";
import type { StatementKind } from "./sql-statement.ts";

/** Options of a statement. */
export interface SqlOptions extends ProgressOptions {
  /** Values of `$1`, `$2`, … as an array, or of `$name` as a record. */
  readonly parameters?: Parameters;
  /**
   * Tables that this statement sees under names of its own: frames of this session, Arrow data, row objects, or an async
   * iterable of RecordBatches, which is read once. A name wins over the catalog, and a CTE wins over it; nothing is
   * registered, and the rows live as long as the query and its streams.
   */
  readonly tables?: TableParameters;
  /** Narrows the session's SQL policy for this statement: a named policy, or fields over one. It never widens. */
  readonly policy?: SqlPolicyName | SqlPolicyInput;
  /**
   * Narrows the limits of what `rows`, `collect` and `execute` gather of this statement: past them they fail with
   * `QUERY.RESULT_TOO_LARGE`. They never widen those of the profile, nor does a terminal widen them.
   */
  readonly limits?: ResultLimits;
  /** Name of the work in events and records. */
  readonly label?: string | ExecutionLabel;
  /** What to tell of the query beyond its events, over the policies of `withExecutionPolicy`. */
  readonly diagnostics?: ExecutionPolicy;
}

/** How a query is prepared: what holds for every run of it. The signal stops the preparation. */
export type PrepareOptions = Omit<SqlOptions, "parameters">;

/** What a statement did. */
export interface ExecuteResult {
  readonly kind: StatementKind;
  /** Leading words of the statement, for example `CREATE VIEW`. */
  readonly verb: string;
  /** Rows that INSERT, UPDATE, DELETE, MERGE, TRUNCATE or COPY wrote, changed or removed; null for other statements. */
  readonly rowsAffected: number | null;
  /** The rows of a query, or the counts of a command; null for a statement that returns nothing. */
  readonly table: Table | null;
  readonly queryId: QueryId;
  readonly durationMs: number;
}

/** Something about a session that is wrong and does not stop it. */
export interface SessionWarning {
  readonly code: string;
  readonly message: string;
}

/** What can be dropped by name. */
export type ObjectKind = "table" | "view" | "schema" | "catalog";

/** Options of `fromRows`. */
export interface FromRows {
  /** Columns with their types. Default: inferred from the rows. */
  readonly schema?: readonly NestedField[];
}

/**
 * An open session: the engine with its settings, catalog, functions and memory. After `close` every call rejects or throws
 * `SESSION.CLOSED`. Names of tables are `table`, `schema.table` or `catalog.schema.table`, taken as they are written; a
 * part in double quotes may hold dots.
 */
export interface Session extends Closeable {
  readonly id: SessionId;
  readonly profile: Profile;
  readonly resolved: ResolvedProfile;
  readonly warnings: readonly SessionWarning[];
  /**
   * What the fingerprint of this session is made of now, by section. `diffIdentities` of `@deltafuse/config/identity` says
   * which of them differ between two sessions.
   */
  readonly identitySections: IdentitySections;
  /** Where the events of this session go. */
  readonly hooks: HookEmitter;
  /**
   * What this session is now: settings, memory, functions and fingerprints, of one revision. `diffSettings` compares the
   * settings of two of them.
   */
  runtime(options?: AbortableOptions): Promise<SessionRuntime>;
  /** Every setting in effect, and the layer it comes from. */
  settings(options?: AbortableOptions): Promise<SettingsSnapshot>;
  /**
   * A query in SQL, lazy: it is planned by the first terminal of the frame, which rejects with `SQL.PARSE_ERROR {line,
   * column}`, `SQL.PLAN_ERROR {candidates?}`, `SQL.POLICY_VIOLATION`, `SQL.NOT_A_QUERY`, `SQL.PARAMETER_MISSING`,
   * `SQL.PARAMETER_UNUSED` or `SQL.PARAMETER_TYPE`, and with `SQL.TABLE_PARAMETER_CONSUMED` when an iterable is read twice.
   * Throws `SQL.PARAMETER_MIXED`, `SQL.PARAMETER_NAME` and `FRAME.FOREIGN_SESSION` at once.
   *
   * @param query - A text, with its values in the options, or what the tag `sql` has made, which brings its values along.
   */
  sql(query: string | SqlQuery, options?: SqlOptions): Frame;
  /**
   * Runs one statement now, as far as the SQL policy allows: a query, CREATE VIEW, CREATE TABLE AS, DROP, SET, RESET, PREPARE,
   * EXECUTE or DEALLOCATE, INSERT, UPDATE or DELETE of a table in memory, and what an extension performs: COPY and CREATE
   * EXTERNAL TABLE with `datasets`, INSERT, DELETE, MERGE and TRUNCATE of Delta tables with `delta`, each as its function
   * does. The rows of a query are gathered under the limits of the profile and of the options.
   *
   * Rejects as the terminals of {@link Session.sql}, with `SQL.EXTENSION_REQUIRED {statement, extension}` without that
   * extension, with `SQL.STATEMENT_UNSUPPORTED {statement, use}` for a statement that nobody performs, and with what the
   * function of an extension rejects with.
   */
  execute(statement: string | SqlQuery, options?: SqlOptions): Promise<ExecuteResult>;
  /**
   * Plans a query whose values come later. Rejects with the codes of the terminals of {@link Session.sql}.
   *
   * @param query - A text with placeholders: `$1`, `$2`, … or `$name`.
   */
  prepare(query: string, options?: PrepareOptions): Promise<PreparedStatement>;
  /**
   * A prepared statement of the profile, or one that PREPARE has made. Closing it closes nothing: DEALLOCATE forgets it.
   * Throws `SQL.PREPARED_NOT_FOUND {name}`.
   */
  prepared(name: string): PreparedStatement;
  /** A registered table or view, as it is when the frame is planned. Terminals reject with `SQL.PLAN_ERROR`. */
  table(name: string): Frame;
  /** An apache-arrow Table, RecordBatches of one schema, or an Arrow IPC stream. */
  fromArrow(data: ArrowInput): Frame;
  /** Row objects, copied now. Throws `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`. */
  fromRows(rows: readonly object[], options?: FromRows): Frame;
  /** Rows as arrays of values, copied now. Throws `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`. */
  values(rows: readonly (readonly unknown[])[], names: readonly string[]): Frame;
  /**
   * Whole numbers as the column `value`: from `start` to before `end`, each `step` after the one before, downwards by a
   * negative one. It is the engine's table function `range`, under the SQL policy. Throws `ROWS.VALUE_INVALID` for what is no
   * integer of 64 bits, and for a step of 0.
   *
   * @param step - Default: 1.
   */
  range(start: number | bigint, end: number | bigint, step?: number | bigint): Frame;
  /** Makes a view of a frame. Rejects with `SESSION.OBJECT_EXISTS` without `replace`. */
  createView(name: string, frame: Frame, options?: AbortableOptions & { readonly replace?: boolean }): Promise<void>;
  /**
   * Drops an object: a table or view, a schema (`schema` or `catalog.schema`) without tables, a catalog without schemas.
   * Rejects with `SESSION.OBJECT_NOT_FOUND {kind, name}` without `ifExists`, `SESSION.OBJECT_NOT_EMPTY {contents}`,
   * `SESSION.OBJECT_REQUIRED` for the default catalog and the schemas of the profile, and with the `HOOKS.*` codes of
   * interceptors of `beforeRegister`.
   */
  drop(kind: ObjectKind, name: string, options?: AbortableOptions & { readonly ifExists?: boolean }): Promise<void>;
  /** Reads the catalog without SQL. */
  inspect(request?: InspectRequest, options?: AbortableOptions): Promise<CatalogTree>;
  /** What takes part in the planning of this session, phase by phase, and where it comes from. */
  rules(options?: AbortableOptions): Promise<RuleCatalog>;
  /**
   * What this session holds and has done: memory, spilled data, caches, native objects and queries. `metricRows` makes
   * flat rows of it; the table function `runtime_metrics()` has them too.
   */
  metrics(options?: AbortableOptions): Promise<RuntimeMetrics>;
  /**
   * Drops entries of the caches of files, so that the next query looks at the files anew; with a cache scope for all its
   * sessions. Rejects with `NATIVE.BAD_REQUEST` for a prefix that is no location.
   */
  clearCaches(what?: ClearCaches, options?: AbortableOptions): Promise<ClearReport>;
  /** The value of a slot; undefined before it is set. */
  slot<T>(slot: SessionSlot<T>): T | undefined;
  /** Sets a slot, once. */
  setSlot<T>(slot: SessionSlot<T>, value: T): void;
}

/** What a session is opened with. */
export interface OpenSessionOptions extends AbortableOptions {
  /** Packages that take part, in their order. Default: none. */
  readonly extensions?: readonly SessionExtension[];
  /**
   * Takes the events and carries telemetry. Default: hooks of its own, whose records go where the diagnostics of `env` say,
   * else into memory.
   */
  readonly hooks?: HookEmitter;
  /** Caches of files that the session shares with others. Default: its own. It enters no hash. */
  readonly caches?: CacheScope;
  /** What environment variables change: `readEnv()`. Default: nothing. */
  readonly env?: EnvPatch;
  /** Default: this machine, as it is when the process first needs it. */
  readonly machine?: Machine;
}

/**
 * Opens a session: plans it, builds the native session in one call, compares every declared setting with what took effect,
 * and runs the steps of the extensions. When anything fails, what was opened is closed again.
 *
 * Rejects with `NATIVE.LOAD_FAILED`, `SESSION.CONTRACT_MISMATCH`, `NATIVE.SETTINGS_REJECTED {settings}` (all of them at
 * once), `SESSION.CACHE_CONFLICT {field, scope, profile}` when `caches` have other limits than the profile,
 * `SESSION.CLOSED` when they are closed, `SESSION.SETTING_NOT_APPLIED {key, requested, effective}`, `SESSION.INSTALL_FAILED {phase, step}`, and what
 * `planInstall` throws.
 *
 * @example
 * const session = await openSession(parseProfile({ preset: "default" }));
 * try {
 *   console.log(await session.sql("SELECT 42 AS answer").rows());
 * } finally {
 *   await session.close();
 * }
 */
export function openSession(profile: Profile, options: OpenSessionOptions = {}): Promise<Session> {
  return startSession(profile, options, null);
}
