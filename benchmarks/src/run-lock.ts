import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Another run of this machine goes on. */
export class LockedError extends Error {}

/** The lock that all clones on this machine share. */
export const machineLock: string = join(tmpdir(), "deltafuse-benchmarks.lock");

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and belongs to another user.
    return codeOf(error) === "EPERM";
  }
}

function claim(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Runs something while no other run on this machine does. A lock of a process that is gone is taken over.
 *
 * @param path - File that is the lock.
 *
 * Rejects with {@link LockedError}.
 */
export async function withRunLock<T>(run: () => Promise<T>, path: string = machineLock): Promise<T> {
  if (!claim(path)) {
    const holder = Number(readFileSync(path, "utf8"));
    if (holder > 0 && isAlive(holder))
      throw new LockedError(`Process ${holder} runs benchmarks on this machine: ${path}`);
    rmSync(path, { force: true });
    if (!claim(path)) throw new LockedError(`Another process took ${path} at the same moment.`);
  }
  try {
    return await run();
  } finally {
    rmSync(path, { force: true });
  }
}
