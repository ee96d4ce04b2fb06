import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import {
  engineIdentity,
  type EngineParts,
  type IdentitySections,
  sessionHash,
  sessionSections,
} from "@deltafuse/config/identity";
import type { ResolvedProfile, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { NativeContract } from "./contract.ts";

/** Names of the rules of a session, in the order in which they run. */
export interface RuleNames {
  readonly analyzer: readonly string[];
  readonly optimizer: readonly string[];
  readonly physical: readonly string[];
}

/** What a session is made of beside its settings. */
export interface IdentityParts {
  readonly contract: NativeContract;
  readonly rules: RuleNames;
  /** Names of the planners, in the order in which a statement meets them. */
  readonly planners: readonly string[];
  readonly profile: Fingerprint;
  /** Version and result-affecting options of each extension, by id. */
  readonly extensions: Readonly<Record<string, CanonicalValue>>;
  readonly runtimeEnv: RuntimeEnvSpec;
}

/** Fingerprints of a session. */
export interface SessionIdentity {
  readonly profile: Fingerprint;
  readonly engine: Fingerprint;
  readonly session: Fingerprint;
}

type Settings = ReadonlyMap<string, string | null>;

function engineParts({ contract, rules, planners }: IdentityParts): EngineParts {
  return {
    contractVersion: contract.contractVersion,
    versions: { ...contract.engine },
    features: contract.features,
    functionCatalogHash: contract.functionCatalogHash,
    analyzerRules: rules.analyzer,
    optimizerRules: rules.optimizer,
    physicalRules: rules.physical,
    planners,
  };
}

function hashedSettings(settings: Settings): Readonly<Record<string, string | null>> {
  return Object.fromEntries([...settings].filter(([key]) => !key.startsWith("datafusion.runtime.")));
}

/** What the fingerprint of a session with these settings in effect is made of, by section. */
export function identitySections(parts: IdentityParts, profile: ResolvedProfile, settings: Settings): IdentitySections {
  const { extensions, runtimeEnv } = parts;
  const effective = hashedSettings(settings);
  return sessionSections({ engine: engineParts(parts), profile, extensions, runtimeEnv, settings: effective });
}

/**
 * Fingerprints of a session with these settings in effect. Numbers of the runtime environment count, its texts do not:
 * the engine rounds them.
 */
export function sessionIdentity(parts: IdentityParts, settings: Settings): SessionIdentity {
  const { profile, extensions, runtimeEnv } = parts;
  const engine = engineIdentity(engineParts(parts));
  const session = sessionHash({
    engine,
    profile,
    extensions: Object.fromEntries(
      Object.entries(extensions).map(([id, identity]) => [id, fingerprint("extension", 1, identity)]),
    ),
    runtimeEnv,
    settings: hashedSettings(settings),
  });
  return { profile, engine, session };
}
