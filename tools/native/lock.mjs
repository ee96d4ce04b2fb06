// A lock between the clones of one machine: the target directory is shared, so build and copy must not interleave.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

const take = (path) => {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
};

const holder = (path) => {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
};

/** Runs `action` while this process holds the lock file; waits for another live process, takes over from a dead one. */
export async function withLock(path, { onWait }, action) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    const pid = holder(path);
    if (pid !== undefined && pid !== 0 && !isAlive(pid)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told && pid !== undefined) onWait(pid);
    told = true;
    await sleep(500);
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}
