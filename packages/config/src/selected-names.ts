import type { EffectiveAccess } from "./effective-access.ts";
import type { EnvPatch } from "./env.ts";
import type { Profile, ProfileInput } from "./profile.ts";
import type { ResolvedField, SettingSource } from "./resolve.ts";

type Declaration = Pick<ResolvedField, "value" | "source" | "path">;

/** A name that one layer declares; none where it declares none. */
function declared(path: string, value: string | undefined, source: SettingSource): readonly Declaration[] {
  return value === undefined ? [] : [{ value, source, path }];
}

/** The declarations of a name, strongest first, above what holds without any. */
function field(declarations: readonly Declaration[], initial: string): ResolvedField {
  const undeclared: Declaration = { value: initial, source: "engine", path: null };
  const all = [...declarations, undeclared];
  const shadowed = all.slice(1).map(({ source, value }) => ({ source, value }));
  return { ...(all[0] ?? undeclared), shadowed };
}

function policyName({ sql }: ProfileInput): string | undefined {
  const { policy } = sql ?? {};
  if (typeof policy !== "object") return policy;
  return Object.keys(policy).some((name) => name !== "base") ? "custom" : policy.base;
}

/**
 * The names that a profile chooses among, with the layers that they come from: `preset`, `access`, `determinism`,
 * `sql.policy`.
 */
export function selectedNames(
  profile: Profile,
  { patch, variables }: EnvPatch,
  { sqlPolicy }: EffectiveAccess,
): ReadonlyMap<string, ResolvedField> {
  const variable = (path: string): string => variables.get(path) ?? path;
  const selected = (name: "preset" | "access" | "determinism", initial: string): ResolvedField => {
    const above = [...declared(variable(name), patch[name], "env"), ...declared(name, profile[name], "typed")];
    return field(above, initial);
  };
  const access = selected("access", "read_write");
  const policies = [
    ...declared(variable("sql.policy.base"), policyName(patch), "env"),
    ...declared("sql.policy", policyName(profile), "policy"),
    ...(access.value === "read_only" ? [{ value: "read_only", source: access.source, path: access.path }] : []),
  ];
  return new Map([
    ["access", access],
    ["determinism", selected("determinism", "stable")],
    ["preset", selected("preset", "default")],
    // The effective policy may be a narrowed or a combined one.
    ["sql.policy", { ...field(policies, "write"), value: sqlPolicy.name }],
  ]);
}
