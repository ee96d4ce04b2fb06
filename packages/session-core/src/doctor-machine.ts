import { mkdtemp, rmdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv } from "@deltafuse/config/env";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { Machine } from "@deltafuse/config/machine";
import type { ResolvedProfile } from "@deltafuse/config/resolve";
import type { DoctorCheck } from "./doctor.ts";

/** Less free space than this is worth a warning. */
const littleSpace = 1024 ** 3;

/** Cores and memory, as a container leaves them. A memory limit above is refused when the session is opened. */
export function checkMachine({ cores, memoryBytes }: Machine): DoctorCheck {
  return { id: "machine", status: "ok", detail: `${cores} cores, ${gigabytes(memoryBytes)} of memory` };
}

/** Whether every spill directory can be written to and has space; the operating system's without a profile. */
export async function checkSpill(resolved: ResolvedProfile | undefined): Promise<readonly DoctorCheck[]> {
  const { mode = "os", directories = [], maxBytes = null } = resolved?.runtimeEnv.spill ?? {};
  if (mode === "disabled") return [{ id: "spill", status: "skip", detail: "the profile does not spill" }];
  const places = mode === "os" ? [tmpdir()] : directories;
  return Promise.all(places.map((directory) => checkDirectory(directory, maxBytes ?? littleSpace)));
}

async function checkDirectory(directory: string, neededBytes: number): Promise<DoctorCheck> {
  try {
    await rmdir(await mkdtemp(join(directory, "deltafuse-doctor-")));
    const { bavail, bsize } = await statfs(directory);
    const freeBytes = bavail * bsize;
    const detail = `${directory} can be written to and has ${gigabytes(freeBytes)} free`;
    if (freeBytes >= neededBytes) return { id: "spill", status: "ok", detail };
    const fix = "Free space there, or set spill.directories to a place that has it.";
    return { id: "spill", status: "warn", detail, fix };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fix = "Make it a directory that this process may write to, or set spill.directories to another one.";
    return { id: "spill", status: "fail", detail: `${directory} cannot be written to: ${reason}`, fix };
  }
}

/** The `DELTAFUSE_*` variables of this process. */
export function checkEnvironment(): DoctorCheck {
  try {
    const { variables, diagnostics } = readEnv();
    const names = [...new Set(variables.values()), ...(diagnostics === undefined ? [] : ["DELTAFUSE_DIAGNOSTICS"])];
    const detail = names.length === 0 ? "no DELTAFUSE_* variable is set" : names.toSorted().join(", ");
    return { id: "environment", status: "ok", detail };
  } catch (error) {
    if (!isDeltaFuseError(error)) throw error;
    const fix = "Correct the variables, or unset them.";
    return { id: "environment", status: "fail", detail: error.message, fix };
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
