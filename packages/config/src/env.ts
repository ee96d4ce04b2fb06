import { invalidEnv } from "./config-errors.ts";
import { diagnosticsTarget, wrongDiagnostics } from "./diagnostics-target.ts";
import type { ConfigIssue } from "./errors.ts";
import { type EnvVariable, diagnosticsVariable, envVariables } from "./env-variables.ts";
import { nearest } from "./nearest.ts";
import { isPlainObject } from "./plain-object.ts";
import { mergeFields } from "./profile-merge.ts";
import { readProfile } from "./profile-reader.ts";
import type { ProfileInput } from "./profile.ts";

/** What environment variables change in a profile. */
export interface EnvPatch {
  /** The fields to set, checked; sizes are bytes, durations are milliseconds. */
  readonly patch: ProfileInput;
  /** Which variable set a profile path. */
  readonly variables: ReadonlyMap<string, string>;
  /** Where records go, as `parseDiagnostics` takes it; absent = the program decides. Changes no profile. */
  readonly diagnostics?: string;
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const variables: ReadonlyMap<string, EnvVariable> = new Map(envVariables.map((one) => [one.name, one]));

const profilePatch = "DELTAFUSE_PROFILE_PATCH";

function nest(path: string, value: unknown): unknown {
  return path.split(".").reduceRight((inner: unknown, key) => ({ [key]: inner }), value);
}

interface Collection {
  patch: unknown;
  /** The variable behind each profile path. */
  readonly origins: Map<string, string>;
  readonly issues: ConfigIssue[];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function leafPaths(value: unknown, path: string): readonly string[] {
  if (!isPlainObject(value)) return [path];
  return Object.entries(value).flatMap(([key, member]) => leafPaths(member, path === "" ? key : `${path}.${key}`));
}

function collectPatch(found: Collection, text: string): void {
  const patch = parsedJson(text);
  if (!isPlainObject(patch)) {
    found.issues.push({ code: "INVALID_VALUE", path: profilePatch, message: "Expected a JSON object." });
    return;
  }
  found.patch = patch;
  for (const path of leafPaths(patch, "")) found.origins.set(path, profilePatch);
}

function collectVariable(found: Collection, name: string, text: string): void {
  const variable = variables.get(name);
  if (variable === undefined) return;
  const values = variable.values(text === "none" || text === "null" ? null : text);
  for (const [index, value] of values.entries()) {
    const path = variable.fields[index] ?? "";
    for (const leaf of leafPaths(value, path)) found.origins.set(leaf, name);
    found.patch = mergeFields(found.patch, nest(path, value));
  }
}

function readDiagnostics(found: Collection, env: Environment): Pick<EnvPatch, "diagnostics"> {
  const diagnostics = env[diagnosticsVariable.name]?.trim() ?? "";
  if (diagnostics === "") return {};
  if (diagnosticsTarget(diagnostics) === undefined) found.issues.push(wrongDiagnostics);
  return { diagnostics };
}

function unknownVariables(env: Environment): readonly ConfigIssue[] {
  const known = [...variables.keys(), diagnosticsVariable.name, profilePatch];
  return Object.keys(env)
    .filter((name) => name.startsWith("DELTAFUSE_") && !name.startsWith("DELTAFUSE_BUILD_") && !known.includes(name))
    .toSorted()
    .map((name) => {
      const suggestion = nearest(name, known);
      const issue = { code: "UNKNOWN_NAME", path: name, message: "There is no such variable." } as const;
      return suggestion === undefined ? issue : { ...issue, suggestion };
    });
}

function originOf(path: string, origins: ReadonlyMap<string, string>): string {
  const exact = origins.get(path);
  if (exact !== undefined) return exact;
  const section = path.split(".", 1)[0] ?? "";
  const near = [...origins].find(([other]) => path.startsWith(`${other}.`) || other.startsWith(`${path}.`));
  const related = near ?? [...origins].find(([other]) => other.startsWith(`${section}.`));
  return related?.[1] ?? profilePatch;
}

/** Names the variable of an issue; inside the JSON patch the field too. */
function toVariableIssue(issue: ConfigIssue, origins: ReadonlyMap<string, string>): ConfigIssue {
  const variable = originOf(issue.path, origins);
  return variable === profilePatch
    ? { ...issue, path: variable, message: `${issue.path}: ${issue.message}` }
    : { ...issue, path: variable };
}

/**
 * Reads the `DELTAFUSE_*` variables. A variable that is unset or blank changes nothing; `none` and `null` mean null;
 * `DELTAFUSE_BUILD_*` belongs to build tools. `DELTAFUSE_PROFILE_PATCH` is a JSON object that may set any field;
 * the other variables win over it.
 *
 * @param env - Default: the variables of this process. They are read when this function is called.
 *
 * Throws `CONFIG.INVALID_ENV` with every issue at once: unknown names, wrong values, conflicts.
 *
 * @example
 * readEnv({ DELTAFUSE_BATCH_SIZE: "4096" }).patch; // { execution: { batchSize: 4096 } }
 * readEnv({ DELTAFUSE_BATCHSIZE: "4096" }); // throws CONFIG.INVALID_ENV
 */
export function readEnv(env: Environment = process.env): EnvPatch {
  const found: Collection = { patch: {}, origins: new Map(), issues: [...unknownVariables(env)] };
  const patch = env[profilePatch]?.trim() ?? "";
  if (patch !== "") collectPatch(found, patch);
  for (const name of variables.keys()) {
    const text = env[name]?.trim() ?? "";
    if (text !== "") collectVariable(found, name, text);
  }
  const diagnostics = readDiagnostics(found, env);
  const { fields, issues } = readProfile(found.patch);
  const all = [...found.issues, ...issues.map((issue) => toVariableIssue(issue, found.origins))];
  if (all.length > 0) throw invalidEnv(all);
  return { patch: fields, variables: found.origins, ...diagnostics };
}
