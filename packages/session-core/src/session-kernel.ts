import type { AppliedReport } from "@deltafuse/config/applied";
import type { SessionId } from "@deltafuse/config/brand";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { IdentitySections } from "@deltafuse/config/identity";
import type { ResolvedProfile, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { EventMap } from "@deltafuse/hooks/events";
import { type BoundedCache, boundedCache } from "./bounded-cache.ts";
import { type CallbackErrors, callbackErrors } from "./callback-errors.ts";
import type { NativeContract } from "./contract.ts";
import type { SessionExtension } from "./extension.ts";
import type { NestedField } from "./field-type.ts";
import type { NativeBinding, NativeHandle } from "./native-binding.ts";
import type { RowProgram } from "./row-program.ts";
import { schemaToIpc } from "./schema-codec.ts";
import { type IdentityParts, identitySections, type SessionIdentity, sessionIdentity } from "./session-identity.ts";
import type { FunctionSummary } from "./session-runtime.ts";
import type { ReportedSetting, ReportedSettings } from "./session-settings.ts";
import { type NamedStatements, namedStatements } from "./named-statements.ts";

/** What a session is built from, as far as all its handles have it in common. */
export interface SessionParts {
  readonly sessionId: SessionId;
  readonly handle: NativeHandle;
  readonly binding: NativeBinding;
  readonly contract: NativeContract;
  readonly resolved: ResolvedProfile;
  readonly identity: IdentityParts;
  /** Settings in effect after the build. */
  readonly reported: readonly ReportedSetting[];
  readonly applied: AppliedReport;
  /** Functions of the engine and of native modules. */
  readonly functions: FunctionSummary;
  /** Id of the scope of its caches; null when they are its own. */
  readonly cacheScope: string | null;
  /** Number of its slot in a pool; null outside of pools. */
  readonly poolSlot: number | null;
  /** Who performs the statements that native modules claim, by module. */
  readonly claimants: ReadonlyMap<string, SessionExtension>;
}

/** Schema messages, row programs and fingerprints that a session keeps of each. */
const keptPerCache = 128;

function textsOf(reported: readonly ReportedSetting[]): ReadonlyMap<string, string | null> {
  return new Map(reported.map(({ key, value }) => [key, value]));
}

/** What the handles of one native session have in common. */
export interface SessionKernel {
  readonly parts: SessionParts;
  readonly callbackErrors: CallbackErrors;
  readonly rowPrograms: BoundedCache<RowProgram>;
  readonly planFingerprints: BoundedCache<Fingerprint>;
  readonly changedSettings: ReadonlySet<string>;
  readonly identity: SessionIdentity;
  readonly identitySections: IdentitySections;
  readonly revision: number;
  readonly functions: FunctionSummary;
  /** Memory, spilling and caches in effect. */
  readonly runtimeEnv: RuntimeEnvSpec;
  /** Prepared statements that have a name. */
  readonly statements: NamedStatements;
  /** Takes the settings after a statement; gives those that have another value now. */
  changeSettings(reported: ReportedSettings): readonly EventMap["setting.changed"][];
  /** Notes everything as it is now; the function that is returned brings it back, as often as it is called. */
  checkpoint(): () => void;
  addFunction(name: string, signatureHash: string): void;
  schemaMessage(fields: readonly NestedField[]): Promise<Uint8Array>;
}

class Kernel implements SessionKernel {
  readonly parts: SessionParts;
  readonly callbackErrors: CallbackErrors = callbackErrors();
  readonly changedSettings = new Set<string>();
  readonly rowPrograms: BoundedCache<RowProgram> = boundedCache(keptPerCache);
  readonly planFingerprints: BoundedCache<Fingerprint> = boundedCache(keptPerCache);
  readonly #schemaMessages: BoundedCache<Uint8Array> = boundedCache(keptPerCache);
  readonly statements: NamedStatements = namedStatements();
  #added: ReadonlyMap<string, string> = new Map();
  #runtimeEnv: RuntimeEnvSpec;
  readonly #initial: ReadonlyMap<string, string | null>;
  #settings: ReadonlyMap<string, string | null>;
  #identity: SessionIdentity;
  #revision = 0;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.#settings = textsOf(parts.reported);
    this.#initial = this.#settings;
    this.#runtimeEnv = parts.identity.runtimeEnv;
    this.#identity = sessionIdentity(parts.identity, this.#settings);
  }

  get runtimeEnv(): RuntimeEnvSpec {
    return this.#runtimeEnv;
  }

  get identity(): SessionIdentity {
    return this.#identity;
  }

  get identitySections(): IdentitySections {
    return identitySections(this.#identityParts(), this.parts.resolved, this.#settings);
  }

  get revision(): number {
    return this.#revision;
  }

  get functions(): FunctionSummary {
    const { hash, count } = this.parts.functions;
    if (this.#added.size === 0) return this.parts.functions;
    const added = [...this.#added].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { hash: fingerprint("functions", 1, { hash, added }), count: count + added.length };
  }

  changeSettings({ entries, runtimeEnv }: ReportedSettings): readonly EventMap["setting.changed"][] {
    this.#revision += 1;
    const changes = entries
      .map(({ key, value }) => ({ key, before: this.#settings.get(key) ?? null, after: value }))
      .filter(({ before, after }) => before !== after);
    for (const { key, after } of changes) {
      if (this.#initial.get(key) === after) this.changedSettings.delete(key);
      else this.changedSettings.add(key);
    }
    this.#settings = textsOf(entries);
    this.#runtimeEnv = runtimeEnv;
    this.#identity = sessionIdentity(this.#identityParts(), this.#settings);
    return changes;
  }

  addFunction(name: string, signatureHash: string): void {
    this.#revision += 1;
    this.#added = new Map([...this.#added, [name, signatureHash]]);
  }

  checkpoint(): () => void {
    const kept = {
      added: this.#added,
      runtimeEnv: this.#runtimeEnv,
      settings: this.#settings,
      identity: this.#identity,
      revision: this.#revision,
      changed: [...this.changedSettings],
    };
    const restoreStatements = this.statements.checkpoint();
    return () => {
      this.#added = kept.added;
      this.#runtimeEnv = kept.runtimeEnv;
      this.#settings = kept.settings;
      this.#identity = kept.identity;
      this.#revision = kept.revision;
      this.changedSettings.clear();
      for (const key of kept.changed) this.changedSettings.add(key);
      restoreStatements();
    };
  }

  #identityParts(): IdentityParts {
    return { ...this.parts.identity, runtimeEnv: this.#runtimeEnv };
  }

  async schemaMessage(fields: readonly NestedField[]): Promise<Uint8Array> {
    const key = JSON.stringify(fields);
    const kept = this.#schemaMessages.get(key);
    if (kept !== undefined) return kept;
    const { message } = await schemaToIpc(fields);
    this.#schemaMessages.set(key, message);
    return message;
  }
}

/** What the handles of a session that was built natively will have in common. */
export function sessionKernel(parts: SessionParts): SessionKernel {
  return new Kernel(parts);
}
