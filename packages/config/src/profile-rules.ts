import type { ConfigIssue } from "./errors.ts";
import type { ProfileInput } from "./profile.ts";
import { expandSqlPolicy } from "./sql-policy.ts";

function conflict(path: string, message: string): ConfigIssue {
  return { code: "CONFLICT", path, message };
}

function memoryConflicts({ memory }: ProfileInput): readonly ConfigIssue[] {
  const { pool, limit } = memory ?? {};
  if (pool === "unbounded" && limit !== undefined && limit !== null) {
    return [conflict("memory.limit", "The pool unbounded has no limit; leave the limit out or choose fair or greedy.")];
  }
  if (limit === null && pool !== "unbounded") {
    return [conflict("memory.limit", "Only the pool unbounded has no limit; set pool to unbounded or give a limit.")];
  }
  return [];
}

function spillConflicts({ spill }: ProfileInput): readonly ConfigIssue[] {
  const { mode, directories, maxSize } = spill ?? {};
  const issues: ConfigIssue[] = [];
  if (mode === "directories" && (directories ?? []).length === 0) {
    issues.push(conflict("spill.directories", "The mode directories needs at least one directory."));
  }
  if (mode !== "directories" && directories !== undefined) {
    issues.push(conflict("spill.directories", "Directories are used by the mode directories only; set spill.mode."));
  }
  if (mode === "disabled" && maxSize !== undefined && maxSize !== null) {
    issues.push(conflict("spill.maxSize", "Spilling is disabled, so there is no largest size."));
  }
  return issues;
}

function cacheConflicts({ cache }: ProfileInput): readonly ConfigIssue[] {
  if (typeof cache !== "object" || cache.listFiles !== 0) return [];
  if (cache.listFilesTtl === undefined || cache.listFilesTtl === null) return [];
  return [conflict("cache.listFilesTtl", "Listings are not kept, because cache.listFiles is 0.")];
}

function accessConflicts({ access, sql }: ProfileInput): readonly ConfigIssue[] {
  if (access !== "read_only" || sql?.policy === undefined) return [];
  const input = typeof sql.policy === "string" ? { base: sql.policy } : sql.policy;
  const policy = expandSqlPolicy(input, "read_only");
  const allowed = (["ddl", "dml", "copy"] as const).filter((flag) => policy[flag]);
  if (allowed.length === 0) return [];
  return [conflict("sql.policy", `Access is read_only, but the SQL policy allows ${allowed.join(", ")}.`)];
}

/** The fields of `features` that mean nothing while `dynamicFilterPushdown` is false. */
export const dynamicFilterKinds = [
  "joinDynamicFilterPushdown",
  "aggregateDynamicFilterPushdown",
  "topkDynamicFilterPushdown",
] as const;

function featureConflicts({ features }: ProfileInput): readonly ConfigIssue[] {
  if (features?.dynamicFilterPushdown !== false) return [];
  const message = "Dynamic filters are off, because features.dynamicFilterPushdown is false; leave one of the two out.";
  return dynamicFilterKinds
    .filter((kind) => features[kind] === true)
    .map((kind) => conflict(`features.${kind}`, message));
}

/** The conflicts between the fields of one layer, whose values were read before. */
export function profileConflicts(fields: ProfileInput): readonly ConfigIssue[] {
  return [memoryConflicts, spillConflicts, cacheConflicts, featureConflicts, accessConflicts].flatMap((rule) =>
    rule(fields),
  );
}
