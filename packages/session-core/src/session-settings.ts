import type { AbortableOptions } from "@deltafuse/config/abort";
import type { ResolvedProfile, ResolvedSetting, SettingSource } from "@deltafuse/config/resolve";
import { z } from "zod";
import type { SessionState } from "./session-state.ts";

/** One setting as it is in effect. */
export interface EffectiveSetting {
  readonly key: string;
  /** The engine's text; null when it has no value. */
  readonly value: string | null;
  /** What it does, in the engine's words. */
  readonly description: string;
  /** Layer the value comes from; `statement` after SET or RESET. */
  readonly source: SettingSource | "statement";
  /** Profile path, `settings`, extension or variable of the declared value; null where nothing declares one. */
  readonly path: string | null;
  /** What was declared; null where nothing is. */
  readonly requested: string | null;
}

/** Every setting of a session at one moment, as plain data. */
export interface SettingsSnapshot {
  readonly sessionId: string;
  /** Counts SET and RESET, from 0. */
  readonly revision: number;
  /** By key. */
  readonly entries: readonly EffectiveSetting[];
}

/** A setting as the engine reports it. */
export interface ReportedSetting {
  readonly key: string;
  readonly value: string | null;
  readonly description: string;
}

/** Shape of the settings in replies of the native extension. */
export const reportedSettingsSchema: z.ZodType<readonly ReportedSetting[]> = z.array(
  z.strictObject({ key: z.string(), value: z.string().nullable(), description: z.string() }),
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

const replySchema = z.strictObject({ entries: reportedSettingsSchema });

/** Asks the engine for its settings. */
export async function reportedSettings(
  state: SessionState,
  options: AbortableOptions,
): Promise<readonly ReportedSetting[]> {
  const reply = await state.call({ entrypoint: "session.settings", reply: replySchema }, options);
  return reply.body.entries;
}

/** Reads every setting of a session. */
export async function readSettings(state: SessionState, options: AbortableOptions): Promise<SettingsSnapshot> {
  const reported = await reportedSettings(state, options);
  const { sessionId, revision, resolved, changedSettings } = state;
  return { sessionId, revision, entries: effectiveSettings(reported, resolved, changedSettings) };
}
