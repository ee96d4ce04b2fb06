import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { EnvPatch } from "@deltafuse/config/env";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { Machine } from "@deltafuse/config/machine";
import type { Profile } from "@deltafuse/config/profile";
import { type ResolvedProfile, resolveProfile } from "@deltafuse/config/resolve";
import { nearest } from "@deltafuse/config/nearest";
import { expectedContract } from "./contract.generated.ts";
import type { Contribution, HostStep, Named, SessionExtension } from "./extension.ts";
import { sampleSteps } from "./metrics-sampler.ts";
import { ownSteps, preparedSteps } from "./prepared-steps.ts";
import {
  extensionConflict,
  extensionDuplicate,
  extensionOrder,
  ruleOptions,
  ruleUnknown,
  stepCycle,
} from "./session-errors.ts";
import type { SessionSpec } from "./session-spec.ts";

/** The phases of opening a session, in order. All but the last are critical: a failure there closes the session. */
export const phases = [
  "filesystems",
  "catalogs",
  "functions",
  "rules",
  "schemas",
  "prepared",
  "adapters",
  "observability",
] as const;

/** One of {@link phases}. */
export type Phase = (typeof phases)[number];

/** One host step in its place. */
export interface InstallStep {
  /** Id of the extension that declared it. */
  readonly extension: string;
  readonly id: string;
  readonly phase: Phase;
  readonly spec: CanonicalValue;
  /** Fingerprint of the spec. */
  readonly hash: Fingerprint;
}

/** What opening a session will do. */
export interface InstallPlan {
  readonly resolved: ResolvedProfile;
  /** What is sent to the native side. */
  readonly spec: SessionSpec;
  /** Host steps in the order in which they run. */
  readonly steps: readonly InstallStep[];
  /** Ids of the extensions that perform the statements of native modules, by module. */
  readonly modules: Readonly<Record<string, string>>;
  /** Version and result-affecting options of each extension, by id. */
  readonly identities: Readonly<Record<string, CanonicalValue>>;
  /** Fingerprint of the spec and the steps. It covers paths, so it stays in memory. */
  readonly specHash: Fingerprint;
}

/** What the plan depends on beside the profile. */
export interface PlanInstallOptions {
  /** Patch of the environment variables. Default: none. */
  readonly env?: EnvPatch;
  readonly machine: Machine;
}

interface Contributor {
  readonly extension: SessionExtension;
  readonly contribution: Contribution;
}

/** Who declares steps, and which. */
interface DeclaredSteps {
  readonly extension: string;
  readonly steps: readonly HostStep[];
}

interface OrderedStep extends InstallStep {
  readonly after: readonly string[];
}

/**
 * Plans the opening of a session: settings, native spec and ordered host steps. Pure.
 *
 * Throws `SESSION.EXTENSION_DUPLICATE`, `SESSION.EXTENSION_ORDER`, `SESSION.EXTENSION_CONFLICT` (one step id with two
 * specs, one module from two extensions), `SESSION.STEP_CYCLE`, `SESSION.RULE_UNKNOWN` (a module that the engine does not
 * have), `SESSION.RULE_OPTIONS` (a phase or options that there are not), and what `resolveProfile` throws.
 */
export function planInstall(
  profile: Profile,
  extensions: readonly SessionExtension[],
  options: PlanInstallOptions,
): InstallPlan {
  checkExtensions(extensions);
  const contributors = extensions.map((extension) => ({ extension, contribution: extension.contribute(profile) }));
  const resolved = resolveProfile(profile, {
    ...(options.env === undefined ? {} : { env: options.env }),
    machine: options.machine,
    extensions: contributors.map(({ extension: { id }, contribution }) => ({ ...contribution, id })),
  });
  const modules = planModules(contributors);
  const spec = { ...sessionSpec(resolved), modules: Object.keys(modules).map((name) => ({ name })) };
  const steps = planSteps([
    ...contributors.map(stepsOf),
    { extension: ownSteps, steps: [...preparedSteps(resolved.prepared), ...sampleSteps(resolved)] },
  ]);
  return { resolved, spec, steps, modules, identities: identitiesOf(contributors), specHash: hashOf(spec, steps) };
}

function checkExtensions(extensions: readonly SessionExtension[]): void {
  const all = new Set(extensions.map((extension) => extension.id));
  const before = new Set<string>();
  for (const { id, requires = [] } of extensions) {
    if (before.has(id)) throw extensionDuplicate(id);
    const lacking = requires.find((required) => !before.has(required));
    if (lacking !== undefined) {
      throw extensionOrder({ extension: id, requires: lacking, problem: all.has(lacking) ? "later" : "missing" });
    }
    before.add(id);
  }
}

function planModules(contributors: readonly Contributor[]): Readonly<Record<string, string>> {
  const owners = new Map<string, string>();
  for (const { extension, contribution } of contributors) {
    for (const [index, module] of (contribution.modules ?? []).entries()) {
      checkModule(extension.id, index, module);
      const owner = owners.get(module.name) ?? extension.id;
      if (owner !== extension.id) {
        throw extensionConflict({ kind: "module", name: module.name, extensions: [owner, extension.id] });
      }
      owners.set(module.name, owner);
    }
  }
  return Object.fromEntries(owners);
}

function checkModule(extension: string, index: number, { name, options }: Named): void {
  const { modules } = expectedContract;
  if (!modules.includes(name)) throw ruleUnknown({ kind: "module", name, nearest: nearest(name, modules) ?? null });
  if (options === undefined) return;
  throw ruleOptions({ extension, path: `modules.${index}.options` }, `the module ${name} takes no options`);
}

function sessionSpec(resolved: ResolvedProfile): Omit<SessionSpec, "modules"> {
  const { catalog, determinism, runtimeEnv, settings, sqlPolicy, limits } = resolved;
  const declared = [...settings.values()].flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]));
  const { planCacheEntries } = limits;
  return { settings: declared, runtimeEnv, catalog, sqlPolicy, determinism, planCacheEntries };
}

function stepsOf({ extension, contribution }: Contributor): DeclaredSteps {
  return { extension: extension.id, steps: contribution.steps ?? [] };
}

function planSteps(all: readonly DeclaredSteps[]): readonly InstallStep[] {
  const declared = new Map<string, OrderedStep>();
  for (const { extension, steps } of all) {
    for (const [index, step] of steps.entries()) {
      checkPhase(extension, index, step);
      declareStep(declared, extension, step);
    }
  }
  const steps = [...declared.values()];
  return phases.flatMap((phase) => orderPhase(steps.filter((step) => step.phase === phase)));
}

/** A step of a phase that there is not would never run. */
function checkPhase(extension: string, index: number, { phase }: HostStep): void {
  if (phases.some((known) => known === phase)) return;
  throw ruleOptions({ extension, path: `steps.${index}.phase` }, `the phases are ${phases.join(", ")}`);
}

function declareStep(declared: Map<string, OrderedStep>, extension: string, step: HostStep): void {
  const { id, phase, spec, after = [] } = step;
  const hash = fingerprint("install_step", 1, { phase, spec });
  const same = declared.get(id);
  if (same === undefined) declared.set(id, { extension, id, phase, spec, hash, after });
  else if (same.hash !== hash) {
    throw extensionConflict({ kind: "step", name: id, extensions: [same.extension, extension] });
  }
}

/** Keeps the order of declaration, except that a step stands behind every step it names in `after`. */
function orderPhase(steps: readonly OrderedStep[]): readonly InstallStep[] {
  const waiting = [...steps];
  const ordered: InstallStep[] = [];
  while (waiting.length > 0) {
    const ready = waiting.findIndex((step) => !waiting.some((other) => isBehind(step, other)));
    const [next] = ready === -1 ? [] : waiting.splice(ready, 1);
    if (next === undefined) throw stepCycle(waiting.map((step) => step.id));
    const { after: _, ...step } = next;
    ordered.push(step);
  }
  return ordered;
}

function isBehind(step: OrderedStep, other: OrderedStep): boolean {
  return other.id !== step.id && step.after.some((prefix) => other.id.startsWith(prefix));
}

function identitiesOf(contributors: readonly Contributor[]): Readonly<Record<string, CanonicalValue>> {
  return Object.fromEntries(
    contributors.map(({ extension: { id, version }, contribution: { identity = null } }) => [
      id,
      { version, identity },
    ]),
  );
}

function hashOf(spec: SessionSpec, steps: readonly InstallStep[]): Fingerprint {
  const plainSpec = blindCast<CanonicalValue, "a spec is plain data">(spec);
  return fingerprint("session_spec", 1, { spec: plainSpec, steps: steps.map(({ id, hash }) => ({ id, hash })) });
}
