import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Another run of this machine goes on. */
export class LockedError extends Error {}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function claim(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs something while no other run does. A lock of a process that is gone is taken over.
 *
 * @param path - File that is the lock.
 *
 * Rejects with {@link LockedError}.
 */
export async function withRunLock<T>(path: string, run: () => Promise<T>): Promise<T> {
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
