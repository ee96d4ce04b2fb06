import type { JsonObject } from "@deltafuse/config/canonical-json";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { EventScope } from "./event-context.ts";
import type { PlannedFunction, PlannedTable, StatementKind } from "./query-events.ts";

/** Values of a statement's parameters, by position or by name. */
export type ParameterValues = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A text before it is parsed. */
export interface SqlQuestion {
  readonly sql: string;
  /** The method that took it; `sql` takes queries only. */
  readonly source: "sql" | "execute" | "prepare" | "bind";
  /** Null when there are none. */
  readonly parameters: ParameterValues | null;
  /** What the text may do. */
  readonly policy: SqlPolicy;
  readonly label: string | null;
  /** Tags of the label. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Bounds of one query; null = none. */
export interface ExecutionLimits {
  /** Rows that the program may receive. One more is `QUERY.RESULT_TOO_LARGE`. */
  readonly maxRows: number | null;
  /** Bytes of batches that the program may receive. */
  readonly maxBytes: number | null;
  /** Milliseconds from now after which the query is stopped with a `TimeoutError`. */
  readonly deadlineMs: number | null;
}

/** A planned query before its first row. */
export interface ExecutionQuestion {
  readonly statementKind: StatementKind;
  readonly summary: string | null;
  readonly fingerprint: string | null;
  readonly tables: readonly PlannedTable[];
  readonly functions: readonly PlannedFunction[];
  /** Null for the source of a write. */
  readonly partitions: number | null;
  readonly estimates: { readonly rows: number | null; readonly bytes: number | null };
  /** Null where the rows do not reach the program: the source of a write, EXPLAIN ANALYZE of a frame. */
  readonly limits: ExecutionLimits | null;
}

/** A table, view or schema before it becomes visible or goes away. */
export interface RegisterQuestion {
  readonly action: "register" | "drop";
  /** A schema is only ever dropped. */
  readonly object: "table" | "view" | "schema" | "catalog";
  readonly name: string;
  /** `view`, `memory`, or the format of a dataset; null when its files must tell, and of what is dropped. */
  readonly provider: string | null;
  /** Canonical URL without credentials; null when it has none. */
  readonly location: string | null;
  /** How a dataset is read: `scan` and `provider` of its location. Null for what has no options. */
  readonly options: JsonObject | null;
  /** Whether it may take the place of another. */
  readonly overwrite: boolean;
}

/** A function before it becomes callable. */
export interface FunctionQuestion {
  readonly action: "create";
  readonly name: string;
  readonly kind: "scalar";
  readonly origin: "typescript";
  /** For example `mask(value utf8) utf8`. */
  readonly signature: string;
  readonly volatility: PlannedFunction["volatility"];
}

/** A write or change of a table before anything is written. */
export interface WriteQuestion {
  /** `WRITE`, `CREATE TABLE`, `MERGE`, `DELETE`. */
  readonly operation: string;
  /** Name of the dataset, when it was addressed by one, else the same as `uri`. */
  readonly target: string;
  /** Canonical URL without credentials. */
  readonly uri: string;
  readonly format: string;
  /** Null for an operation without modes. */
  readonly mode: string | null;
  /** What was decided from the options, for example `partitionBy`. */
  readonly plan: JsonObject;
  /** Null for a target that keeps none. */
  readonly commitMetadata: JsonObject | null;
  /** What the function was called with, as far as it is plain data. */
  readonly options: JsonObject;
}

/** What each point asks, and which members an answer may replace. */
export interface InterceptionMap {
  readonly beforeSql: {
    readonly input: SqlQuestion;
    readonly replace: Pick<SqlQuestion, "sql" | "policy" | "label" | "tags"> & { readonly parameters: ParameterValues };
  };
  readonly beforeExecute: {
    readonly input: ExecutionQuestion;
    readonly replace: { readonly limits: Partial<ExecutionLimits> };
  };
  readonly beforeRegister: { readonly input: RegisterQuestion; readonly replace: { readonly options: JsonObject } };
  readonly beforeFunction: { readonly input: FunctionQuestion; readonly replace: { readonly [member: string]: never } };
  readonly beforeWrite: {
    readonly input: WriteQuestion;
    readonly replace: { readonly commitMetadata: JsonObject; readonly options: JsonObject };
  };
}

/** Name of an interception point. */
export type PointName = keyof InterceptionMap;

/** What a point asks. */
export type PointInput<P extends PointName> = InterceptionMap[P]["input"];

/** What an answer may replace. */
export type Replacement<P extends PointName> = Partial<InterceptionMap[P]["replace"]>;

/** Where the question comes from. */
export interface InterceptionContext extends EventScope {
  readonly tags: Readonly<Record<string, string>>;
  /** Aborts when the caller aborts, and when the answer is late. */
  readonly signal: AbortSignal;
}

/** A refusal; see {@link veto}. */
export interface Veto {
  readonly veto: { readonly reason: string; readonly details: JsonObject };
}

/** An answer: nothing lets it pass, `replace` changes members, a veto stops the operation. */
export type Interception<P extends PointName> =
  | undefined
  | { readonly replace: Replacement<P>; readonly veto?: never }
  | (Veto & { readonly replace?: never });

/** Answers the question of a point. */
export type Interceptor<P extends PointName> = (
  input: PointInput<P>,
  context: InterceptionContext,
) => Interception<P> | Promise<Interception<P>>;

/**
 * Refuses: the operation fails with `HOOKS.VETOED`.
 *
 * @example
 * hooks.intercept("beforeWrite", ({ uri }) => (uri.startsWith(allowed) ? undefined : veto("not below the output folder")));
 */
export function veto(reason: string, details: JsonObject = {}): Veto {
  return Object.freeze({ veto: Object.freeze({ reason, details }) });
}

/** What the table says about a point. */
export interface PointRow<P extends PointName> {
  /** The packages that ask. */
  readonly owner: string;
  /** When they ask. */
  readonly asked: string;
  /** Members that an answer may replace. */
  readonly replaces: readonly Extract<keyof Replacement<P>, string>[];
}

/** Every interception point: who asks, when, and what may be replaced. */
export const pointTable: { readonly [P in PointName]: PointRow<P> } = {
  beforeSql: {
    owner: "session-core",
    asked: "a text was taken; before parsing and the SQL policy",
    replaces: ["sql", "parameters", "policy", "label", "tags"],
  },
  beforeExecute: {
    owner: "session-core",
    asked: "the physical plan is ready; before the first row, also of frames and of sources of writes",
    replaces: ["limits"],
  },
  beforeRegister: {
    owner: "session-core, dataset-io",
    asked: "a table or view is to be registered or dropped, a schema or catalog dropped; before it is looked for",
    replaces: ["options"],
  },
  beforeFunction: { owner: "udf", asked: "a function is to be registered", replaces: [] },
  beforeWrite: {
    owner: "dataset-io, delta",
    asked: "a write or change of a table is planned; before its target is touched",
    replaces: ["commitMetadata", "options"],
  },
};

/** Names of all points, in the order of the table. */
export const pointNames: readonly PointName[] = Object.freeze([
  "beforeSql",
  "beforeExecute",
  "beforeRegister",
  "beforeFunction",
  "beforeWrite",
]);
