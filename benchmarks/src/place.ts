import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildProgram } from "./child-process.ts";

/** Folder of this package. */
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folder of the repository. */
export const repositoryFolder: string = dirname(packageFolder);

/** Folders of this package. */
export const folders: Readonly<Record<"baselines" | "results" | "data", string>> = {
  baselines: join(packageFolder, "baselines"),
  results: join(packageFolder, "results"),
  data: join(packageFolder, "output", "data"),
};

/** As this module: TypeScript where sources are run, JavaScript where they are compiled. */
function programOf(name: string): string {
  return fileURLToPath(import.meta.url).replace(/place(\.[jt]s)$/, `${name}$1`);
}

/** What a process of a contestant runs. */
export const childProgram: ChildProgram = {
  command: process.execPath,
  args: ["--expose-gc", programOf("child")],
};

/** What looks at the machine, with so many threads. */
export function calibrationProgram(threads: number): ChildProgram {
  return { command: process.execPath, args: [programOf("calibrate"), String(threads)] };
}
