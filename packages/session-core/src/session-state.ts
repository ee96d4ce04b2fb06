import type { SessionId } from "@deltafuse/config/brand";
import { InternalError, isDeltaFuseError } from "@deltafuse/config/errors";
import type { AppliedReport } from "@deltafuse/config/applied";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import type { IdentitySections } from "@deltafuse/config/identity";
import type { ResolvedProfile, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { EventMap } from "@deltafuse/hooks/events";
import { currentOperation } from "@deltafuse/hooks/operation";
import type { BoundedCache } from "./bounded-cache.ts";
import { callsInFlight } from "./calls-in-flight.ts";
import type { CallbackErrors } from "./callback-errors.ts";
import type { NativeContract } from "./contract.ts";
import type { SessionExtension } from "./extension.ts";
import type { NestedField } from "./field-type.ts";
import type { NativeHandle } from "./native-binding.ts";
import { callNative, type NativeAnswer, type NativeCall, type NativePort } from "./native-call.ts";
import { emitFacts } from "./native-facts.ts";
import type { NativeSession, TableChange } from "./native-session.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { RowProgram } from "./row-program.ts";
import { type SessionKernel, sessionKernel, type SessionParts } from "./session-kernel.ts";
import { sessionClosed } from "./session-errors.ts";
import { type SessionHome, sessionHome } from "./session-home.ts";
import type { SessionIdentity } from "./session-identity.ts";
import type { FunctionSummary } from "./session-runtime.ts";
import type { ReportedSettings } from "./session-settings.ts";
import type { NamedStatements } from "./named-statements.ts";

/** What an open session is made of, for the modules of this package. */
export interface SessionState extends NativeSession {
  readonly contract: NativeContract;
  readonly resolved: ResolvedProfile;
  readonly sqlPolicy: SqlPolicy;
  /** For calls that must work while the session closes. */
  readonly port: NativePort;
  /** Whether the native session has other handles too, for which its settings must stay as they are. */
  readonly isShared: boolean;
  /** Id of the scope of its caches; null when they are its own. */
  readonly cacheScope: string | null;
  /** Number of its slot in a pool; null outside of pools. */
  readonly poolSlot: number | null;
  /** Frames belong together when their sessions have the same one. */
  readonly home: SessionHome;
  /** The state of another handle: one of its own hooks and streams. */
  shared(hooks: HookEmitter): SessionState;
  /** The state of a lease: its frames are its own, and after its end every call fails with `closed`. */
  leased(hooks: HookEmitter, closed: () => Error): SessionState;
  /** Prepared statements that have a name. */
  readonly statements: NamedStatements;
  /** Notes what this side knows of the session; the function that is returned brings it back. */
  checkpoint(): () => void;
  /** What calls fail with after close. */
  closedError(): Error;
  /** Resolves when no native call is in flight. */
  idle(): Promise<void>;
  /** Ends of what goes on, as streams that are open, for the closing of the session. */
  readonly streams: Set<() => Promise<void>>;
  /** The Arrow IPC schema message of columns; it is kept, so that equal ones cost one native call. */
  schemaMessage(fields: readonly NestedField[]): Promise<Uint8Array>;
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
  /** Takes the settings after SET or RESET; gives those that have another value now. */
  changeSettings(reported: ReportedSettings): readonly EventMap["setting.changed"][];
  /** The extension that brought a native module. */
  extensionOf(module: string): SessionExtension | undefined;
  /** Queries that were started. */
  readonly queries: number;
  countQuery(): void;
  /** Refuses new work from now on. */
  shut(): void;
}

/** What one handle has of its own. */
interface HandleOptions {
  readonly isShared: boolean;
  readonly home: SessionHome;
  /** What calls fail with afterwards. */
  readonly closed: () => Error;
}

class State implements SessionState {
  readonly hooks: HookEmitter;
  readonly port: NativePort;
  readonly streams = new Set<() => Promise<void>>();
  readonly isShared: boolean;
  readonly home: SessionHome;
  readonly #leave: () => void;
  readonly #kernel: SessionKernel;
  readonly #closed: () => Error;
  readonly #inFlight = callsInFlight();
  #queries = 0;
  #shut = false;

  constructor(kernel: SessionKernel, hooks: HookEmitter, { isShared, home, closed }: HandleOptions) {
    const { binding } = kernel.parts;
    this.#kernel = kernel;
    this.hooks = hooks;
    this.isShared = isShared;
    this.home = home;
    this.#leave = home.enter(hooks);
    this.#closed = closed;
    this.port = { binding, onFacts: emitFacts(hooks), callbackErrors: kernel.callbackErrors };
  }

  shared(hooks: HookEmitter): SessionState {
    return new State(this.#kernel, hooks, { isShared: true, home: this.home, closed: this.#closed });
  }

  leased(hooks: HookEmitter, closed: () => Error): SessionState {
    return new State(this.#kernel, hooks, { isShared: false, home: sessionHome(), closed });
  }

  get statements(): NamedStatements {
    return this.#kernel.statements;
  }

  checkpoint(): () => void {
    return this.#kernel.checkpoint();
  }

  closedError(): Error {
    return this.#closed();
  }

  idle(): Promise<void> {
    return this.#inFlight.none();
  }

  get sessionId(): SessionId {
    return this.#kernel.parts.sessionId;
  }

  get handle(): NativeHandle {
    return this.#kernel.parts.handle;
  }

  get contract(): NativeContract {
    return this.#kernel.parts.contract;
  }

  get resolved(): ResolvedProfile {
    return this.#kernel.parts.resolved;
  }

  get applied(): AppliedReport {
    return this.#kernel.parts.applied;
  }

  get runtimeEnv(): RuntimeEnvSpec {
    return this.#kernel.runtimeEnv;
  }

  get poolSlot(): number | null {
    return this.#kernel.parts.poolSlot;
  }

  get cacheScope(): string | null {
    return this.#kernel.parts.cacheScope;
  }

  get sqlPolicy(): SqlPolicy {
    return this.resolved.sqlPolicy;
  }

  get callbackErrors(): CallbackErrors {
    return this.#kernel.callbackErrors;
  }

  get rowPrograms(): BoundedCache<RowProgram> {
    return this.#kernel.rowPrograms;
  }

  get planFingerprints(): BoundedCache<Fingerprint> {
    return this.#kernel.planFingerprints;
  }

  get identity(): SessionIdentity {
    return this.#kernel.identity;
  }

  get identitySections(): IdentitySections {
    return this.#kernel.identitySections;
  }

  get revision(): number {
    return this.#kernel.revision;
  }

  get functions(): FunctionSummary {
    return this.#kernel.functions;
  }

  get changedSettings(): ReadonlySet<string> {
    return this.#kernel.changedSettings;
  }

  extensionOf(module: string): SessionExtension | undefined {
    return this.#kernel.parts.claimants.get(module);
  }

  get queries(): number {
    return this.#queries;
  }

  changeSettings(reported: ReportedSettings): readonly EventMap["setting.changed"][] {
    return this.#kernel.changeSettings(reported);
  }

  addFunction(name: string, signatureHash: string): void {
    this.#kernel.addFunction(name, signatureHash);
  }

  schemaMessage(fields: readonly NestedField[]): Promise<Uint8Array> {
    return this.#kernel.schemaMessage(fields);
  }

  countQuery(): void {
    this.#queries += 1;
  }

  async call<T>(call: NativeCall<T>, options?: ProgressOptions): Promise<NativeAnswer<T>> {
    this.assertOpen();
    const target = call.entrypoint.startsWith("session.") ? { on: this.handle } : {};
    const operation = currentOperation(this.hooks);
    this.#inFlight.begin();
    try {
      return await callNative(this.port, { ...target, operation, ...call }, options);
    } catch (error) {
      if (isDeltaFuseError(error, "NATIVE.CLOSED")) this.assertOpen();
      throw error;
    } finally {
      this.#inFlight.end();
    }
  }

  assertOpen(): void {
    if (this.#shut) throw this.#closed();
  }

  followTables(listener: (change: TableChange) => void): void {
    this.home.follow(listener);
  }

  shut(): void {
    this.#shut = true;
    this.#leave();
  }
}

/** Makes the state of a session that was built natively. */
export function sessionState(parts: SessionParts, hooks: HookEmitter): SessionState {
  const closed = (): Error => sessionClosed(parts.sessionId);
  return new State(sessionKernel(parts), hooks, { isShared: false, home: sessionHome(), closed });
}

/** The state behind the native side of a session. */
export function stateOf(native: NativeSession): SessionState {
  if (!(native instanceof State)) throw new InternalError("The native side is not of a session of this package");
  return native;
}
