import type { AppliedReport } from "@deltafuse/config/applied";
import type { SessionId } from "@deltafuse/config/brand";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import type { RuntimeEnvSpec, SettingSource } from "@deltafuse/config/resolve";
import type { EngineVersions } from "./contract.ts";

/** One setting as it is in effect. */
export interface EffectiveSetting {
  readonly key: string;
  /** The engine's text; null when it has no value. Those of `datafusion.runtime` are exact: `1610612736`, `90000ms`. */
  readonly value: string | null;
  /** What it does, in the engine's words. */
  readonly description: string;
  /** Layer the value comes from; `statement` where SET has given another one. */
  readonly source: SettingSource | "statement";
  /** Profile path, `settings`, extension or variable of the declared value; null where nothing declares one. */
  readonly path: string | null;
  /** What was declared; null where nothing is. */
  readonly requested: string | null;
}

/** Every setting of a session at one moment, as plain data that may be kept as JSON. */
export interface SettingsSnapshot {
  readonly sessionId: string;
  /** Counts SET, RESET and changes of functions, from 0. */
  readonly revision: number;
  /** By key. */
  readonly entries: readonly EffectiveSetting[];
}

/** What a session is at one moment: frozen, plain data. */
export interface SessionRuntime {
  readonly sessionId: SessionId;
  /** Counts SET, RESET and changes of functions, from 0. Tables do not count. */
  readonly revision: number;
  readonly settings: SettingsSnapshot;
  /** Memory, spilling and caches in effect, as the engine's own numbers. */
  readonly runtimeEnv: RuntimeEnvSpec;
  readonly engine: EngineVersions;
  readonly functions: FunctionSummary;
  /** What became of every declared value when the session was opened. */
  readonly applied: AppliedReport;
  readonly profileFingerprint: Fingerprint;
  readonly engineIdentity: Fingerprint;
  /** Fingerprint of profile, engine, extensions and the settings in effect; SET and RESET change it. */
  readonly sessionHash: Fingerprint;
}

/** The functions that a session can call. */
export interface FunctionSummary {
  /** Changes with every function that is added or replaced by another. */
  readonly hash: string;
  /** Names, aliases not counted. */
  readonly count: number;
}

/** A setting that two snapshots have differently. */
export interface SettingDifference {
  readonly key: string;
  /** `undefined` where the first snapshot does not have the key. */
  readonly before: string | null | undefined;
  /** `undefined` where the second snapshot does not have the key. */
  readonly after: string | null | undefined;
}

/**
 * The settings whose value differs between two snapshots, by key; where a value comes from does not count. The snapshots may
 * be of two sessions, machines or versions of the engine.
 *
 * @example
 * diffSettings(before, after); // [{ key: "datafusion.execution.batch_size", before: "8192", after: "1024" }]
 */
export function diffSettings(before: SettingsSnapshot, after: SettingsSnapshot): readonly SettingDifference[] {
  const old = valuesOf(before);
  const young = valuesOf(after);
  return [...new Set([...old.keys(), ...young.keys()])]
    .toSorted()
    .map((key) => ({ key, before: old.get(key), after: young.get(key) }))
    .filter((difference) => difference.before !== difference.after);
}

function valuesOf({ entries }: SettingsSnapshot): ReadonlyMap<string, string | null> {
  return new Map(entries.map(({ key, value }) => [key, value]));
}
