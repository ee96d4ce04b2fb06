import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { IdentitySections } from "@deltafuse/config/identity";
import { settingRow } from "@deltafuse/config/settings";
import * as z from "@deltafuse/config/zod";
import { fingerprintSchema } from "./fingerprint-schema.ts";
import type { SessionIdentity } from "./session-identity.ts";
import type { SessionState } from "./session-state.ts";

/** The session that a plan was made in: what its hash is made of, as far as two plans can be told apart by it. */
export interface PlanSession {
  /** The settings in effect that are not the engine's defaults; those that only change texts or paths are left out. */
  readonly settings: Readonly<Record<string, string | null>>;
  /** The fingerprint of each other section, for example `engine.versions`, `profile.sqlPolicy`, `extensions`. */
  readonly sections: Readonly<Record<string, Fingerprint>>;
}

const settingsSchema = z.record(z.string(), z.nullable(z.string()));

/** Shape of {@link PlanSession}. */
export const planSessionSchema: z.ZodMiniType<PlanSession> = z.strictObject({
  settings: settingsSchema,
  sections: z.record(z.string(), fingerprintSchema),
});

/** A setting that two plans were made under differently. */
export interface PlanSettingChange {
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between the sessions of two plans. */
export interface PlanSessionDiff {
  /** Settings in effect, by key. */
  readonly settings: readonly PlanSettingChange[];
  /** The other sections that differ, by name; what a profile declares is in `profile.settings`. */
  readonly sections: readonly string[];
}

const made = new WeakMap<SessionIdentity, PlanSession>();

/** What artifacts keep of a session as it is now. */
export function planSession(state: Pick<SessionState, "identity" | "identitySections">): PlanSession {
  const { identity } = state;
  const session = made.get(identity) ?? sessionOf(state.identitySections);
  made.set(identity, session);
  return session;
}

function sessionOf({ settings, ...sections }: IdentitySections): PlanSession {
  const effective = Object.entries(settingsSchema.parse(settings));
  return {
    settings: Object.fromEntries(effective.filter(([key, value]) => value !== defaultOf(key))),
    sections: Object.fromEntries(
      Object.entries(sections).map(([name, value]) => [name, fingerprint("session.section", 1, { name, value })]),
    ),
  };
}

function defaultOf(key: string): string | null {
  return settingRow(key)?.default ?? null;
}

/** Compares the sessions of two plans. Pure. */
export function diffPlanSessions(before: PlanSession, after: PlanSession): PlanSessionDiff {
  const settings = keysOf(before.settings, after.settings).map((key) => ({
    key,
    before: textOf(before, key),
    after: textOf(after, key),
  }));
  return {
    settings: settings.filter((change) => change.before !== change.after),
    sections: keysOf(before.sections, after.sections).filter((name) => before.sections[name] !== after.sections[name]),
  };
}

function keysOf(one: object, other: object): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted();
}

function textOf({ settings }: PlanSession, key: string): string | null {
  const text = settings[key];
  return text === undefined ? defaultOf(key) : text;
}
