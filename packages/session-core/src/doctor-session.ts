import type { AbortableOptions } from "@deltafuse/config/abort";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { Profile } from "@deltafuse/config/profile";
import type { DoctorCheck } from "./doctor.ts";
import { withoutBinding } from "./doctor-native.ts";
import { runtimeStats } from "./native-runtime.ts";
import { openSession, type Session } from "./session.ts";

const ids = ["session", "applied", "query", "buffers"] as const;

/** What a session is tried with. */
export interface SessionTrial {
  readonly profile: Profile | undefined;
  /** Whether the native extension is. */
  readonly usable: boolean;
}

/** Opens a session, reads what took effect, and runs a query. */
export async function checkSession(
  { profile, usable }: SessionTrial,
  options: AbortableOptions,
): Promise<readonly DoctorCheck[]> {
  if (profile === undefined) return ids.map((id) => ({ id, status: "skip", detail: "no profile was given" }));
  if (!usable) return ids.map(withoutBinding);
  const opened = await openSession(profile, options).catch((error: unknown) => failure("session", error, options));
  if ("status" in opened) {
    return [opened, ...ids.slice(1).map((id) => ({ id, status: "skip" as const, detail: "no session was opened" }))];
  }
  try {
    return [
      { id: "session", status: "ok", detail: `opened under the SQL policy ${opened.resolved.sqlPolicy.name}` },
      await checkApplied(opened, options),
      await checkQuery(opened, options),
      await checkBuffers(opened, options),
    ];
  } finally {
    await opened.close();
  }
}

async function checkApplied(session: Session, options: AbortableOptions): Promise<DoctorCheck> {
  const { entries, problems } = (await session.runtime(options)).applied;
  const expanded = entries.filter(({ status }) => status === "expanded").length;
  const detail = `${entries.length} declared values took effect, ${expanded} of them expanded for this machine`;
  if (problems.length === 0) return { id: "applied", status: "ok", detail };
  const keys = problems.map(({ key }) => key).join(", ");
  return { id: "applied", status: "fail", detail: `not in effect: ${keys}`, fix: "Correct the values in the profile." };
}

async function checkQuery(session: Session, options: AbortableOptions): Promise<DoctorCheck> {
  try {
    const { length } = await session.sql("SELECT 1 AS one", options).rows();
    if (length === 1) return { id: "query", status: "ok", detail: "SELECT 1 gave one row" };
    return { id: "query", status: "fail", detail: `SELECT 1 gave ${length} rows`, fix: "Please report this." };
  } catch (error) {
    return failure("query", error, options);
  }
}

/** Large batches cross without a copy; small ones never do. */
const largeText = 1024 * 1024;

async function checkBuffers(session: Session, options: AbortableOptions): Promise<DoctorCheck> {
  try {
    const before = await runtimeStats();
    const stream = await session.values([["x".repeat(largeText)]], ["text"]).stream(options);
    for await (const _batch of stream.columns());
    const after = await runtimeStats();
    if (after.copiedBuffers === before.copiedBuffers) {
      return { id: "buffers", status: "ok", detail: "large batches are read without a copy" };
    }
    return {
      id: "buffers",
      status: "warn",
      detail: "batches are copied: this process forbids memory outside of the JavaScript engine",
      fix: "Run it in a process without a memory cage, for example in Node.js instead of Electron.",
    };
  } catch (error) {
    return failure("buffers", error, options);
  }
}

/** An abort is no finding. */
function failure(id: string, error: unknown, { signal }: AbortableOptions): DoctorCheck {
  if (signal?.aborted === true && error === signal.reason) throw error;
  if (!isDeltaFuseError(error)) throw error;
  return { id, status: "fail", detail: `${error.code}: ${error.message}` };
}
