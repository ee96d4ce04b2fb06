import type { AbortableOptions } from "@deltafuse/config/abort";
import type { CanonicalValue, JsonObject } from "@deltafuse/config/canonical-json";
import type { Profile } from "@deltafuse/config/profile";
import type { ExtensionSettings } from "@deltafuse/config/resolve";
import type { Frame } from "./frame.ts";
import type { InstallStep, Phase } from "./install-plan.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { Session } from "./session.ts";
import type { StatementInfo } from "./sql-statement.ts";

/**
 * How an upper package takes part in a session: plain data and up to four functions. A lower layer never knows it.
 *
 * @example
 * const session = await openSession(profile, { extensions: [functions({ definitions }), datasets({ catalog })] });
 */
export interface SessionExtension {
  /** Unique within a session, for example `udf`. */
  readonly id: string;
  /** Version of the extension's own specs; enters the session hash. */
  readonly version: number;
  /** Ids of extensions that must stand in front of this one. */
  readonly requires?: readonly string[];
  /** What must be known before the native session exists. Pure and synchronous. */
  contribute(profile: Profile): Contribution;
  /** Runs one of the steps that `contribute` declared. A rejection fails the opening of the session. */
  install?(session: Session, step: InstallStep, options: AbortableOptions): Promise<void>;
  /**
   * Gives back what it holds for a session: called once when the native session ends, after its streams have stopped and
   * with slots and hooks still there, last extension first; also when opening failed after one of its steps had begun.
   * Every session of a pool has its own end, handles of a cache have one together. A rejection is told as
   * `SESSION.DISPOSE_FAILED` when the others have run and the session is freed.
   */
  dispose?(session: Session): Promise<void>;
  /** Performs a statement that one of its modules claims, as the function for the same work does. */
  run?(session: Session, claim: StatementClaim, options: ProgressOptions): Promise<ClaimResult>;
}

/** A native part of the engine, by its name. */
export interface Named {
  readonly name: string;
  /** Default: none. */
  readonly options?: CanonicalValue;
}

/** A statement that a native module claims: planned, under the policy, and not performed. */
export interface StatementClaim {
  readonly statement: StatementInfo;
  /** Name of the module. */
  readonly module: string;
  /** What is to be done; its shape is the module's. */
  readonly request: JsonObject;
  /** The rows that the statement takes; undefined for one that takes none. */
  readonly source?: Frame;
}

/** What a claimed statement did. */
export interface ClaimResult {
  /** Rows written, changed or removed; null for a statement that does no such thing. */
  readonly rowsAffected: number | null;
  /** The one row that the command returns: counts by column. Default: no row. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** What an extension adds to a session: defaults of settings, settings it cannot work without, and the following. */
export interface Contribution extends Omit<ExtensionSettings, "id"> {
  /**
   * Native modules: bundles of statements that the extension performs with `run`. A statement of a module that nobody
   * brings is refused with `SQL.EXTENSION_REQUIRED`.
   */
  readonly modules?: readonly Named[];
  /** Steps that run on this side after the native session was built. */
  readonly steps?: readonly HostStep[];
  /** Options that affect results; they enter the session hash. */
  readonly identity?: CanonicalValue;
}

/** One step of installing an extension. */
export interface HostStep {
  /** Starts with its role, never with a package name: `tables.register`. */
  readonly id: string;
  /** When it runs; every native part and every earlier phase exists by then. */
  readonly phase: Phase;
  /** What the step does, as data: the same id with another spec is a conflict. */
  readonly spec: CanonicalValue;
  /** Prefixes of step ids of the same phase that run first. */
  readonly after?: readonly string[];
}

declare const slotValue: unique symbol;

/** A place for the state that an extension keeps per session. */
export interface SessionSlot<T> {
  readonly name: string;
  /** The value of the slot for a lease of a pool. */
  readonly lent?: ((value: T, lease: Session) => T) | undefined;
  readonly key: symbol;
  readonly [slotValue]?: T;
}

/**
 * Makes a slot. Two slots are never the same, whatever their names.
 *
 * @param name - For errors only.
 * @param lent - Makes the value for a lease of a pool: the lease may change it, and it goes with the lease. Default: leases
 *   have the value of the session itself.
 */
export function defineSlot<T>(name: string, lent?: (value: T, lease: Session) => T): SessionSlot<T> {
  return { name, key: Symbol(name), lent };
}
