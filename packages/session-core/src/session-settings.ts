import type { AbortableOptions } from "@deltafuse/config/abort";
import type { ResolvedProfile, ResolvedSetting, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import * as z from "@deltafuse/config/zod";
import { runtimeEnvSchema } from "./runtime-env-schema.ts";
import type { EffectiveSetting, SessionRuntime, SettingsSnapshot } from "./session-runtime.ts";
import type { SessionState } from "./session-state.ts";

/** A setting as the engine reports it. */
export interface ReportedSetting {
  readonly key: string;
  readonly value: string | null;
  readonly description: string;
}

/** Shape of the settings in replies of the native extension. */
export const reportedSettingsSchema: z.ZodMiniType<readonly ReportedSetting[]> = z.array(
  z.strictObject({ key: z.string(), value: z.nullable(z.string()), description: z.string() }),
);

/** Joins what the engine reports with what was declared. `changed` holds the keys that statements have set. */
export function effectiveSettings(
  reported: readonly ReportedSetting[],
  resolved: ResolvedProfile,
  changed: ReadonlySet<string>,
): readonly EffectiveSetting[] {
  const declared: ReadonlyMap<string, ResolvedSetting> = new Map([...resolved.settings, ...resolved.runtimeSettings]);
  return reported.map(({ key, value, description }) => {
    const { source = "engine", path = null, value: requested = null } = declared.get(key) ?? {};
    return { key, value, description, source: changed.has(key) ? "statement" : source, path, requested };
  });
}

/** The settings and numbers in effect at one moment. */
export interface ReportedSettings {
  readonly entries: readonly ReportedSetting[];
  readonly runtimeEnv: RuntimeEnvSpec;
}

const replySchema: z.ZodMiniType<ReportedSettings> = z.strictObject({
  entries: reportedSettingsSchema,
  runtimeEnv: runtimeEnvSchema,
});

/** Asks the engine for its settings. */
export async function reportedSettings(state: SessionState, options: AbortableOptions): Promise<ReportedSettings> {
  const reply = await state.call({ entrypoint: "session.settings", reply: replySchema }, options);
  return reply.body;
}

/** Reads every setting of a session. */
export async function readSettings(state: SessionState, options: AbortableOptions): Promise<SettingsSnapshot> {
  const { entries } = await reportedSettings(state, options);
  const { sessionId, revision, resolved, changedSettings } = state;
  return { sessionId, revision, entries: effectiveSettings(entries, resolved, changedSettings) };
}

/** Reads what a session is now. A change that comes in between is read again, so that all of it is of one revision. */
export async function readRuntime(state: SessionState, options: AbortableOptions): Promise<SessionRuntime> {
  const before = state.revision;
  const settings = await readSettings(state, options);
  if (settings.revision !== before) return readRuntime(state, options);
  const { sessionId, revision, runtimeEnv, contract, functions, applied, identity } = state;
  return frozen({
    sessionId,
    revision,
    settings,
    runtimeEnv,
    engine: contract.engine,
    functions,
    applied,
    profileFingerprint: identity.profile,
    engineIdentity: identity.engine,
    sessionHash: identity.session,
  });
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach((member: unknown) => frozen(member));
  return Object.freeze(value);
}
