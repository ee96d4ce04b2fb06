import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { blindCast } from "@deltafuse/config/casts";
import type { Calibrate, Calibration } from "./calibration.ts";
import type { ChildProgram } from "./child-process.ts";

const start = promisify(execFile);

/** Looks at the machine with a program of its own, so that its memory is gone afterwards. */
export function calibrator({ command, args }: ChildProgram): Calibrate {
  return async () => {
    const { stdout } = await start(command, args);
    return blindCast<Calibration, "the program prints it">(JSON.parse(stdout));
  };
}
