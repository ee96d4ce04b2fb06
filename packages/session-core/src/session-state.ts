import type { SessionId } from "@deltafuse/config/brand";
import { InternalError, isDeltaFuseError } from "@deltafuse/config/errors";
import type { AppliedReport } from "@deltafuse/config/applied";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { IdentitySections } from "@deltafuse/config/identity";
import type { ResolvedProfile, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { currentOperation } from "@deltafuse/hooks/operation";
import { type BoundedCache, boundedCache } from "./bounded-cache.ts";
import { type CallbackErrors, callbackErrors } from "./callback-errors.ts";
import type { NativeContract } from "./contract.ts";
import type { NativeHandle } from "./native-binding.ts";
import { callNative, type NativeAnswer, type NativeCall, type NativePort } from "./native-call.ts";
import type { NativeSession } from "./native-session.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { RowProgram } from "./row-program.ts";
import { type EncodedRows, ipcStream } from "./rows-input.ts";
import { schemaToIpc } from "./schema-codec.ts";
import { sessionClosed } from "./session-errors.ts";
import { type IdentityParts, identitySections, type SessionIdentity, sessionIdentity } from "./session-identity.ts";
import type { FunctionSummary } from "./session-runtime.ts";
import type { ReportedSetting } from "./session-settings.ts";

/** What an open session is made of, for the modules of this package. */
export interface SessionState extends NativeSession {
  readonly contract: NativeContract;
  readonly resolved: ResolvedProfile;
  readonly sqlPolicy: SqlPolicy;
  /** For calls that must work while the session closes. */
  readonly port: NativePort;
  /** Ends of the open streams, for the closing of the session. */
  readonly streams: Set<() => Promise<void>>;
  /** The whole Arrow IPC stream of rows; schema messages are kept, so that equal schemas cost one native call. */
  ipcOf(rows: EncodedRows): Promise<Uint8Array>;
  /** Programs that make rows, so that a result with the columns of an earlier one costs no code generation. */
  readonly rowPrograms: BoundedCache<RowProgram>;
  /** Fingerprints of plans by what identifies them. */
  readonly planFingerprints: BoundedCache<Fingerprint>;
  /** Fingerprints under the settings in effect. */
  readonly identity: SessionIdentity;
  /** What the fingerprint of the session is made of. */
  readonly identitySections: IdentitySections;
  /** What became of the declared values. */
  readonly applied: AppliedReport;
  /** Memory, spilling and caches in effect. */
  readonly runtimeEnv: RuntimeEnvSpec;
  readonly functions: FunctionSummary;
  /** Counts SET, RESET and changes of functions. */
  readonly revision: number;
  /** Settings that statements have changed. */
  readonly changedSettings: ReadonlySet<string>;
  /** Takes the settings after SET or RESET. */
  changeSettings(reported: readonly ReportedSetting[]): void;
  /** Queries that were started. */
  readonly queries: number;
  countQuery(): void;
  /** Refuses new work from now on. */
  shut(): void;
}

/** What {@link sessionState} starts from. */
export interface SessionStateParts {
  readonly sessionId: SessionId;
  readonly handle: NativeHandle;
  readonly hooks: HookEmitter;
  readonly port: NativePort;
  readonly contract: NativeContract;
  readonly resolved: ResolvedProfile;
  readonly identity: IdentityParts;
  /** Settings in effect after the build. */
  readonly reported: readonly ReportedSetting[];
  readonly applied: AppliedReport;
  /** Functions of the engine and of native modules. */
  readonly functions: FunctionSummary;
}

/** Schema messages, row programs and fingerprints that a session keeps of each. */
const keptPerCache = 128;

function textsOf(reported: readonly ReportedSetting[]): ReadonlyMap<string, string | null> {
  return new Map(reported.map(({ key, value }) => [key, value]));
}

class State implements SessionState {
  readonly sessionId: SessionId;
  readonly handle: NativeHandle;
  readonly hooks: HookEmitter;
  readonly port: NativePort;
  readonly contract: NativeContract;
  readonly resolved: ResolvedProfile;
  readonly callbackErrors: CallbackErrors = callbackErrors();
  readonly streams = new Set<() => Promise<void>>();
  readonly changedSettings = new Set<string>();
  readonly rowPrograms: BoundedCache<RowProgram> = boundedCache(keptPerCache);
  readonly planFingerprints: BoundedCache<Fingerprint> = boundedCache(keptPerCache);
  readonly #schemaMessages: BoundedCache<Uint8Array> = boundedCache(keptPerCache);
  readonly applied: AppliedReport;
  readonly #builtin: FunctionSummary;
  readonly #added = new Map<string, string>();
  readonly #identityParts: IdentityParts;
  #settings: ReadonlyMap<string, string | null>;
  #identity: SessionIdentity;
  #revision = 0;
  #queries = 0;
  #shut = false;

  constructor(parts: SessionStateParts) {
    this.sessionId = parts.sessionId;
    this.handle = parts.handle;
    this.hooks = parts.hooks;
    this.port = { ...parts.port, callbackErrors: this.callbackErrors };
    this.contract = parts.contract;
    this.resolved = parts.resolved;
    this.applied = parts.applied;
    this.#builtin = parts.functions;
    this.#identityParts = parts.identity;
    this.#settings = textsOf(parts.reported);
    this.#identity = sessionIdentity(this.#identityParts, this.#settings);
  }

  get identity(): SessionIdentity {
    return this.#identity;
  }

  get revision(): number {
    return this.#revision;
  }

  changeSettings(reported: readonly ReportedSetting[]): void {
    this.#revision += 1;
    for (const { key, value } of reported) {
      if (this.#settings.get(key) !== value) this.changedSettings.add(key);
    }
    this.#settings = textsOf(reported);
    this.#identity = sessionIdentity(this.#identityParts, this.#settings);
  }

  get runtimeEnv(): RuntimeEnvSpec {
    return this.#identityParts.runtimeEnv;
  }

  get functions(): FunctionSummary {
    const { hash, count } = this.#builtin;
    if (this.#added.size === 0) return this.#builtin;
    const added = [...this.#added].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { hash: fingerprint("functions", 1, { hash, added }), count: count + added.length };
  }

  addFunction(name: string, signatureHash: string): void {
    this.#revision += 1;
    this.#added.set(name, signatureHash);
  }

  get identitySections(): IdentitySections {
    return identitySections(this.#identityParts, this.resolved, this.#settings);
  }

  get sqlPolicy(): SqlPolicy {
    return this.resolved.sqlPolicy;
  }

  get queries(): number {
    return this.#queries;
  }

  async ipcOf({ fields, batches }: EncodedRows): Promise<Uint8Array> {
    const key = JSON.stringify(fields);
    const kept = this.#schemaMessages.get(key);
    if (kept !== undefined) return ipcStream(kept, batches);
    const { message } = await schemaToIpc(fields);
    this.#schemaMessages.set(key, message);
    return ipcStream(message, batches);
  }

  countQuery(): void {
    this.#queries += 1;
  }

  async call<T>(call: NativeCall<T>, options?: ProgressOptions): Promise<NativeAnswer<T>> {
    this.assertOpen();
    const target = call.entrypoint.startsWith("session.") ? { on: this.handle } : {};
    const operation = currentOperation(this.hooks);
    try {
      return await callNative(this.port, { ...target, operation, ...call }, options);
    } catch (error) {
      if (isDeltaFuseError(error, "NATIVE.CLOSED")) this.assertOpen();
      throw error;
    }
  }

  assertOpen(): void {
    if (this.#shut) throw sessionClosed(this.sessionId);
  }

  shut(): void {
    this.#shut = true;
  }
}

/** Makes the state of a session that was built natively. */
export function sessionState(parts: SessionStateParts): SessionState {
  return new State(parts);
}

/** The state behind the native side of a session. */
export function stateOf(native: NativeSession): SessionState {
  if (!(native instanceof State)) throw new InternalError("The native side is not of a session of this package");
  return native;
}
