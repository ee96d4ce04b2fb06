import type { AbortableOptions } from "@deltafuse/config/abort";
import { type AppliedReport, buildAppliedReport } from "@deltafuse/config/applied";
import { toSessionId } from "@deltafuse/config/brand";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { currentOperation, traced } from "@deltafuse/hooks/operation";
import * as z from "@deltafuse/config/zod";
import { type ExtensionDisposal, extensionDisposal } from "./extension-disposal.ts";
import type { SessionExtension } from "./extension.ts";
import { runSteps, type StepResult } from "./install-run.ts";
import type { InstallPlan } from "./install-plan.ts";
import type { CacheScope } from "./cache-scope.ts";
import { cacheScopeHandle } from "./cache-scope-handle.ts";
import { callNative } from "./native-call.ts";
import type { NativeLibrary } from "./native-library.ts";
import { handleOf } from "./native-session.ts";
import { describeSession, describeSettings } from "./session-description.ts";
import { settingNotApplied } from "./session-errors.ts";
import { createSessionHandle, type SessionHandle } from "./session-handle.ts";
import { runtimeEnvSchema } from "./runtime-env-schema.ts";
import type { IdentityParts, RuleNames } from "./session-identity.ts";
import { effectiveSettings, reportedSettingsSchema } from "./session-settings.ts";
import { type SessionState, sessionState } from "./session-state.ts";
import type { SessionWarning } from "./session.ts";

/** What a session is built from. */
export interface SessionBlueprint {
  readonly plan: InstallPlan;
  readonly library: NativeLibrary;
  readonly extensions: readonly SessionExtension[];
  readonly hooks: HookEmitter;
  /** What is done after the last event of the session. */
  readonly ended?: () => Promise<void>;
  /** Whether the session will have several handles. */
  readonly shared: boolean;
  /** Number of its slot in a pool; null outside of pools. */
  readonly poolSlot: number | null;
  /** Caches that it shares with other sessions. */
  readonly caches?: CacheScope | undefined;
}

interface CreateReply {
  readonly sessionId: string;
  readonly effective: {
    readonly settings: z.infer<typeof reportedSettingsSchema>;
    readonly runtimeEnv: RuntimeEnvSpec;
  };
  readonly functions: { readonly hash: string; readonly count: number };
  readonly rules: RuleNames;
  /** Names of the planners, in the order in which a statement meets them. */
  readonly planners: readonly string[];
}

const names = z.array(z.string());
const createReplySchema: z.ZodMiniType<CreateReply> = z.strictObject({
  sessionId: z.string(),
  effective: z.strictObject({ settings: reportedSettingsSchema, runtimeEnv: runtimeEnvSchema }),
  functions: z.strictObject({ hash: z.string(), count: z.int() }),
  rules: z.strictObject({ analyzer: names, optimizer: names, physical: names }),
  planners: names,
});

/** A session that was built. */
export interface BuiltSession {
  readonly handle: SessionHandle;
  /** Tells of it through other hooks, as of a session that was there already. */
  readonly tellAgain: (hooks: HookEmitter, durationUs: number) => void;
}

/**
 * Builds the native session in one call, checks that every declared setting took effect, and runs the host steps. When
 * anything fails, what was opened is closed again and `session.failed` is emitted.
 */
export function buildSession(blueprint: SessionBlueprint, options: AbortableOptions): Promise<BuiltSession> {
  const start = { name: "session open", kind: "session", signal: options.signal } as const;
  return traced(blueprint.hooks, start, () => build(blueprint, options));
}

async function build(blueprint: SessionBlueprint, options: AbortableOptions): Promise<BuiltSession> {
  const began = performance.now();
  const log = { steps: [], warnings: [] };
  const disposal = extensionDisposal(blueprint.extensions);
  const { hooks, plan } = blueprint;
  let opened: OpenedSession | undefined;
  try {
    opened = await openNative(blueprint, { warnings: log.warnings, disposal }, options);
    checkApplied(opened.report);
    const { handle } = opened;
    const site = { ...blueprint, session: handle.session, hooks: handle.session.hooks, log, disposal };
    await runSteps(plan.steps, site, options);
    for (const { id } of blueprint.extensions) disposal.begin(id);
  } catch (error) {
    await opened?.handle.abandon();
    const failed = isDeltaFuseError(error, "SESSION.INSTALL_FAILED") ? error.details : {};
    hooks.emit("session.failed", {
      ...describeSession(plan.resolved, blueprint),
      profileFingerprint: plan.resolved.fingerprint,
      phase: textOf(failed, "phase"),
      step: textOf(failed, "step"),
      error: toErrorPayload(error),
      steps: log.steps,
      durationUs: microsecondsSince(began),
    });
    await blueprint.ended?.();
    throw error;
  }
  const done = opened;
  const tell = (to: HookEmitter, steps: readonly StepResult[], durationUs: number): void =>
    tellOpened({ ...blueprint, hooks: to }, done, { steps, durationUs });
  tell(done.state.hooks, log.steps, microsecondsSince(began));
  return { handle: done.handle, tellAgain: (others, durationUs) => tell(others, [], durationUs) };
}

interface OpenedSession {
  readonly handle: SessionHandle;
  readonly state: SessionState;
  readonly report: AppliedReport;
  readonly reply: CreateReply;
}

async function openNative(
  blueprint: SessionBlueprint,
  own: { readonly warnings: readonly SessionWarning[]; readonly disposal: ExtensionDisposal },
  options: AbortableOptions,
): Promise<OpenedSession> {
  const { plan, library, hooks: outer, ended, caches } = blueprint;
  const { resolved, spec, identities } = plan;
  const { binding, contract } = library;
  const created = await callNative(
    { binding },
    {
      entrypoint: "createSession",
      ...(caches === undefined
        ? { request: { ...spec } }
        : { request: { ...spec, cacheScope: { $handle: 0 } }, handles: [cacheScopeHandle(caches)] }),
      reply: createReplySchema,
      operation: currentOperation(outer),
    },
    options,
  );
  const { sessionId, effective, rules, planners } = created.body;
  const hooks = outer.child({ sessionId: toSessionId(sessionId) });
  const { runtimeEnv } = effective;
  const identity: IdentityParts = {
    contract,
    rules,
    planners,
    profile: resolved.fingerprint,
    extensions: identities,
    runtimeEnv,
  };
  const settings = Object.fromEntries(effective.settings.map(({ key, value }) => [key, value]));
  const report = buildAppliedReport(resolved, { settings, runtimeEnv });
  const parts = {
    sessionId: toSessionId(sessionId),
    handle: handleOf(created),
    binding,
    contract,
    resolved,
    identity,
    reported: effective.settings,
    applied: report,
    functions: created.body.functions,
    cacheScope: caches?.id ?? null,
    poolSlot: blueprint.poolSlot,
    claimants: claimantsOf(blueprint),
  };
  const state = sessionState(parts, hooks);
  return { handle: createSessionHandle(state, { ...own, ended }), state, report, reply: created.body };
}

/** The extensions that perform the statements of native modules. */
function claimantsOf({ plan, extensions }: SessionBlueprint): ReadonlyMap<string, SessionExtension> {
  const owned = Object.entries(plan.modules).flatMap(([module, id]) => {
    const owner = extensions.find((extension) => extension.id === id);
    return owner === undefined ? [] : [[module, owner] as const];
  });
  return new Map(owned);
}

function checkApplied(report: AppliedReport): void {
  const [problem] = report.problems;
  if (problem === undefined) return;
  const { key, requested, effective } = problem;
  throw settingNotApplied({ key, requested, effective });
}

function tellOpened(
  blueprint: SessionBlueprint,
  { state, report, reply }: OpenedSession,
  end: { readonly steps: readonly StepResult[]; readonly durationUs: number },
): void {
  const { plan, library, extensions, hooks } = blueprint;
  const { resolved } = plan;
  const { effective, functions, rules, planners } = reply;
  const { name, ddl, dml, statements } = resolved.sqlPolicy;
  const settings = effectiveSettings(effective.settings, resolved, new Set());
  currentOperation(hooks).setAttributes({ "deltafuse.session.hash": state.identity.session });
  hooks.emit("session.opened", {
    ...describeSession(resolved, blueprint),
    identities: state.identity,
    engineVersions: { ...library.contract.engine },
    features: library.contract.features,
    sqlPolicy: { name, ddl, dml, statements },
    functionsHash: functions.hash,
    applied: describeSettings(settings, report, effective.runtimeEnv),
    extensions: extensions.map(({ id, version }) => ({ name: id, version: String(version), status: "installed" })),
    rules: Object.entries(rules).flatMap(([stage, list]: readonly [string, readonly string[]]) =>
      list.map((rule) => ({ stage, name: rule, version: 1 })),
    ),
    planners,
    ...end,
  });
}

function textOf(details: object, member: string): string | null {
  const value: unknown = Reflect.get(details, member);
  return typeof value === "string" ? value : null;
}

function microsecondsSince(began: number): number {
  return Math.round((performance.now() - began) * 1000);
}
