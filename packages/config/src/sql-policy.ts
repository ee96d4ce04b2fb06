import { blindCast } from "./casts.ts";
import { invalidProfile } from "./config-errors.ts";
import { sqlPolicySection } from "./sections/sql-policy.ts";
import { parseSize, type SizeInput } from "./size.ts";

/** Name of a SQL policy. */
export type SqlPolicyName = "read_only" | "service" | "write" | "admin";

/** Which functions SQL may call. */
export interface SqlFunctions {
  /** Only these; null = all. */
  readonly allow: readonly string[] | null;
  /** None of these; wins over `allow`. */
  readonly deny: readonly string[];
}

/** Which locations SQL may touch: prefixes; null = any, an empty list = none. */
export interface SqlPaths {
  readonly read: readonly string[] | null;
  readonly write: readonly string[] | null;
}

/** What SQL may do. More than one statement in a call is never allowed. */
export interface SqlPolicy {
  /** The preset, or `custom`. A label. */
  readonly name: string;
  /** CREATE, DROP, ALTER. */
  readonly ddl: boolean;
  /** INSERT, UPDATE, DELETE, MERGE, TRUNCATE. */
  readonly dml: boolean;
  /** COPY … TO. */
  readonly copy: boolean;
  /** SET, RESET, PREPARE, EXECUTE, DEALLOCATE, transactions. */
  readonly statements: boolean;
  /** EXPLAIN ANALYZE, which executes. */
  readonly explainAnalyze: boolean;
  /** `f(a => 1)`. */
  readonly namedArguments: boolean;
  /** Locations as tables, in sessions whose profile has `catalog.urlTables`. */
  readonly urlTables: boolean;
  /** Functions that take a location. */
  readonly pathFunctions: boolean;
  readonly functions: SqlFunctions;
  /** Names that parameters may have; null = any. */
  readonly parameterNames: readonly string[] | null;
  readonly paths: SqlPaths;
  /** Longer texts are refused before they are parsed. */
  readonly maxSqlBytes: number;
}

/** What SQL may do, declared over a named policy. */
export interface SqlPolicyInput extends Partial<Omit<SqlPolicy, "name" | "functions" | "paths" | "maxSqlBytes">> {
  /** The policy that the other fields change. Default: `write`, or `read_only` when access is read_only. */
  readonly base?: SqlPolicyName;
  readonly functions?: Partial<SqlFunctions>;
  readonly paths?: Partial<SqlPaths>;
  readonly maxSqlBytes?: SizeInput;
}

const readOnly: SqlPolicy = {
  name: "read_only",
  ddl: false,
  dml: false,
  copy: false,
  statements: false,
  explainAnalyze: true,
  namedArguments: true,
  urlTables: true,
  pathFunctions: true,
  functions: { allow: null, deny: [] },
  parameterNames: null,
  paths: { read: null, write: [] },
  maxSqlBytes: 1_048_576,
};

const write: SqlPolicy = {
  ...readOnly,
  name: "write",
  dml: true,
  copy: true,
  statements: true,
  paths: { read: null, write: null },
};

/** The named policies. */
export const sqlPolicyPresets: Readonly<Record<SqlPolicyName, SqlPolicy>> = {
  read_only: readOnly,
  service: {
    ...readOnly,
    name: "service",
    explainAnalyze: false,
    urlTables: false,
    pathFunctions: false,
    paths: { read: [], write: [] },
    maxSqlBytes: 65_536,
  },
  write,
  admin: { ...write, name: "admin", ddl: true },
};

/**
 * The policy that an input declares, over `fallback` where it names no base.
 *
 * @example
 * expandSqlPolicy({ ddl: true }, "read_only").dml; // false
 */
export function expandSqlPolicy(input: SqlPolicyInput, fallback: SqlPolicyName): SqlPolicy {
  const { base = fallback, functions, paths, maxSqlBytes, ...flags } = input;
  const preset = sqlPolicyPresets[base];
  const own = { ...flags, ...functions, ...paths, maxSqlBytes };
  if (Object.values(own).every((value) => value === undefined)) return preset;
  return {
    ...preset,
    ...flags,
    name: "custom",
    functions: { ...preset.functions, ...functions },
    paths: { ...preset.paths, ...paths },
    maxSqlBytes: maxSqlBytes === undefined ? preset.maxSqlBytes : parseSize(maxSqlBytes),
  };
}

/**
 * Reads a policy: a name, or fields over a named policy. Throws `CONFIG.INVALID_PROFILE` with issues below the path
 * `policy`.
 *
 * @param input - `"read_only"`, or `{ base: "read_only", ddl: true }`.
 * @param fallback - The policy below fields without a `base`. Default: `write`.
 *
 * @example
 * const { name, ddl, dml } = parseSqlPolicy({ base: "read_only", ddl: true });
 * [name, ddl, dml]; // ["custom", true, false]
 */
export function parseSqlPolicy(input: SqlPolicyName | SqlPolicyInput, fallback: SqlPolicyName = "write"): SqlPolicy {
  const reading = sqlPolicySection.read(input, "policy");
  if ("issues" in reading) throw invalidProfile(reading.issues);
  return expandSqlPolicy(reading.value, fallback);
}

function intersect(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((item) => b.includes(item));
}

function lower(names: readonly string[] | null): readonly string[] | null {
  return names === null ? null : names.map((name) => name.toLowerCase());
}

function isBelow(path: string, prefix: string): boolean {
  const folder = prefix.endsWith("/") ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(folder);
}

function narrowPaths(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  const kept = [
    ...a.filter((path) => b.some((prefix) => isBelow(path, prefix))),
    ...b.filter((path) => a.some((prefix) => isBelow(path, prefix))),
  ];
  return [...new Set(kept)];
}

const flags = [
  "ddl",
  "dml",
  "copy",
  "statements",
  "explainAnalyze",
  "namedArguments",
  "urlTables",
  "pathFunctions",
] as const;

/**
 * The field-wise minimum of two policies: what both allow. A call can therefore only narrow the policy of its session.
 * Locations narrow by prefix: `/a` and `/a/b` give `/a/b`. Names of functions are compared without case.
 *
 * @example
 * const call = parseSqlPolicy({ base: "admin", paths: { read: ["/lake/orders"] } });
 * const session = parseSqlPolicy({ base: "read_only", paths: { read: ["/lake"] } });
 * const { ddl, paths } = narrowSqlPolicy(session, call);
 * [ddl, paths.read]; // [false, ["/lake/orders"]]
 */
export function narrowSqlPolicy(session: SqlPolicy, call: SqlPolicy): SqlPolicy {
  const both = flags.map((flag) => [flag, session[flag] && call[flag]] as const);
  const deny = new Set([...session.functions.deny, ...call.functions.deny].map((name) => name.toLowerCase()));
  return {
    ...blindCast<Pick<SqlPolicy, (typeof flags)[number]>, "one entry for each flag">(Object.fromEntries(both)),
    name: session.name === call.name ? session.name : "custom",
    functions: { allow: intersect(lower(session.functions.allow), lower(call.functions.allow)), deny: [...deny] },
    parameterNames: intersect(session.parameterNames, call.parameterNames),
    paths: {
      read: narrowPaths(session.paths.read, call.paths.read),
      write: narrowPaths(session.paths.write, call.paths.write),
    },
    maxSqlBytes: Math.min(session.maxSqlBytes, call.maxSqlBytes),
  };
}
