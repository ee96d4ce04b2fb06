import { readFileSync } from "node:fs";

/** Where the field of the children is behind the name of the program, which may hold spaces and brackets. */
const childField = 10;

/** Major page faults of the children that have ended, out of what Linux tells of a process. */
export function childMajorFaults(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[childField] ?? 0);
}

function ofChildren(): number {
  try {
    return childMajorFaults(readFileSync("/proc/self/stat", "utf8"));
  } catch {
    return 0;
  }
}

/** Pages that this process and its children that have ended read from disk because memory had them no more. */
export function majorFaults(): number {
  return process.resourceUsage().majorPageFault + ofChildren();
}
