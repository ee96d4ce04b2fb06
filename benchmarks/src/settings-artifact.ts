import { fingerprint } from "@deltafuse/config/fingerprint";
import type { Session } from "@deltafuse/session-core/session";
import type { SettingsSnapshot } from "@deltafuse/session-core/session-runtime";
import type { SessionArtifact } from "./contestant.ts";

/** What a session ran with, as data that another run can be compared with. */
export async function sessionArtifact(session: Session): Promise<SessionArtifact> {
  const settings = await session.settings();
  const sections = Object.entries(session.identitySections);
  const identity = sections.map(([name, section]) => [name, fingerprint("benchmark", 1, section)] as const);
  return { settings, identity: Object.fromEntries(identity) };
}

/** A setting that differs between two runs; null where one of them does not have it. */
export interface SettingDifference {
  readonly key: string;
  readonly before: string | null;
  readonly now: string | null;
}

/** Settings whose values differ, by key. Which statement or layer set them makes no difference. */
export function settingDifferences(before: SettingsSnapshot, now: SettingsSnapshot): readonly SettingDifference[] {
  const valuesOf = ({ entries }: SettingsSnapshot): ReadonlyMap<string, string | null> =>
    new Map(entries.map(({ key, value }) => [key, value]));
  const [old, current] = [valuesOf(before), valuesOf(now)];
  return [...new Set([...old.keys(), ...current.keys()])]
    .toSorted()
    .map((key) => ({ key, before: old.get(key) ?? null, now: current.get(key) ?? null }))
    .filter((one) => one.before !== one.now);
}
