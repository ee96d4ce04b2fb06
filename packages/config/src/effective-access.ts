import type { EnvPatch } from "./env.ts";
import type { ConfigIssue } from "./errors.ts";
import type { Access, Profile, ProfileInput } from "./profile.ts";
import {
  expandSqlPolicy,
  narrowSqlPolicy,
  type SqlPolicy,
  type SqlPolicyInput,
  sqlPolicyPresets,
} from "./sql-policy.ts";

/** Access and SQL policy of all layers together. */
export interface EffectiveAccess {
  readonly access: Access;
  readonly sqlPolicy: SqlPolicy;
  readonly issues: readonly ConfigIssue[];
}

function policyInput({ sql }: ProfileInput): SqlPolicyInput | undefined {
  return typeof sql?.policy === "string" ? { base: sql.policy } : sql?.policy;
}

/** The stronger declaration replaces the weaker one when it names a base, else it changes fields of it. */
function declaredPolicy(profile: Profile, env: EnvPatch): SqlPolicyInput {
  const weaker = policyInput(profile) ?? {};
  const stronger = policyInput(env.patch) ?? {};
  if (stronger.base !== undefined) return stronger;
  return {
    ...weaker,
    ...stronger,
    functions: { ...weaker.functions, ...stronger.functions },
    paths: { ...weaker.paths, ...stronger.paths },
  };
}

/**
 * Access and SQL policy. Read-only access makes `read_only` the default policy and narrows a policy that a weaker layer
 * declares; a stronger layer that allows writes nevertheless is a conflict.
 */
export function effectiveAccess(profile: Profile, env: EnvPatch): EffectiveAccess {
  const access = env.patch.access ?? profile.access ?? "read_write";
  const sqlPolicy = expandSqlPolicy(declaredPolicy(profile, env), access === "read_only" ? "read_only" : "write");
  const writes = sqlPolicy.ddl || sqlPolicy.dml || sqlPolicy.copy;
  if (access === "read_write" || !writes) return { access, sqlPolicy, issues: [] };
  const narrowed = narrowSqlPolicy(sqlPolicy, sqlPolicyPresets.read_only);
  if (policyInput(env.patch) === undefined) return { access, sqlPolicy: narrowed, issues: [] };
  const path = env.variables.get("sql.policy.base") ?? "sql.policy";
  const message = "Access is read_only, but the SQL policy allows ddl, dml or copy.";
  return { access, sqlPolicy: narrowed, issues: [{ code: "CONFLICT", path, message }] };
}
