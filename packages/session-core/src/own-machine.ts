import { type Machine, readMachine } from "@deltafuse/config/machine";

let known: Machine | undefined;

/** The machine of this process as its first session found it: reading its limits takes longer than the rest of a plan. */
export function ownMachine(): Machine {
  known ??= readMachine();
  return known;
}
