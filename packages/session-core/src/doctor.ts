import type { AbortableOptions } from "@deltafuse/config/abort";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { type Machine, readMachine } from "@deltafuse/config/machine";
import type { Profile } from "@deltafuse/config/profile";
import { type ResolvedProfile, resolveProfile } from "@deltafuse/config/resolve";
import { checkEnvironment, checkMachine, checkSpill } from "./doctor-machine.ts";
import { checkBinding, checkEngine, checkFeatures, checkStores } from "./doctor-native.ts";
import { checkSession } from "./doctor-session.ts";

/** One thing that was looked at. */
export interface DoctorCheck {
  /**
   * What it is: `binding`, `contract`, `engine`, `features`, `stores`, `machine`, `spill`, `environment`, and with a
   * profile `session`, `applied`, `query`, `buffers`.
   */
  readonly id: string;
  /** `skip`: something it needs failed, or it was not asked for. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** What this installation can do here. */
export interface CapabilityReport {
  /** The worst of the checks; what was skipped does not count. */
  readonly status: "ok" | "warn" | "fail";
  readonly checks: readonly DoctorCheck[];
}

/** What to look at. */
export interface DoctorOptions extends AbortableOptions {
  /** Opens a session of it, runs a query and closes it again; also looks at its spill directories. */
  readonly profile?: Profile;
}

/**
 * Looks at everything a session needs and says what is wrong with it: the native extension, its contract and features, the
 * machine, the spill directory, environment variables, and with a profile a session of it. It never rejects because of what
 * it finds, only with the reason of an abort.
 *
 * @example
 * const { status, checks } = await doctor({ profile });
 * if (status === "fail") console.error(checks.filter((check) => check.status === "fail"));
 */
export async function doctor({ profile, signal }: DoctorOptions = {}): Promise<CapabilityReport> {
  signal?.throwIfAborted();
  const machine = readMachine();
  const resolved = profile === undefined ? undefined : resolution(profile, machine);
  const { checks: binding, contract } = await checkBinding();
  const checks: readonly DoctorCheck[] = [
    ...binding,
    checkEngine(contract),
    checkFeatures(contract),
    checkStores(contract),
    checkMachine(machine),
    ...(await checkSpill(resolved)),
    checkEnvironment(),
    ...(await checkSession({ profile, usable: contract !== null }, signal === undefined ? {} : { signal })),
  ];
  signal?.throwIfAborted();
  return { status: worst(checks), checks };
}

/** A profile that cannot be resolved is told of by the check that opens a session. */
function resolution(profile: Profile, machine: Machine): ResolvedProfile | undefined {
  try {
    return resolveProfile(profile, { machine });
  } catch (error) {
    if (isDeltaFuseError(error)) return undefined;
    throw error;
  }
}

function worst(checks: readonly DoctorCheck[]): CapabilityReport["status"] {
  const levels = ["fail", "warn"] as const;
  return levels.find((level) => checks.some(({ status }) => status === level)) ?? "ok";
}
