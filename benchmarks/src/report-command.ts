import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { readBaselines } from "./baseline.ts";
import { DataNeedError } from "./data-place.ts";
import { type ExitCode, exitCodes } from "./gate.ts";
import { folders } from "./place.ts";
import { isRun, type MeasuredRun, readMeasuredRun } from "./report/measured-run.ts";
import { reportPage } from "./report/page.ts";
import { workloads } from "./workload-list.ts";

function newestRun(): string {
  const names = existsSync(folders.results) ? readdirSync(folders.results) : [];
  const newest = names
    .filter((name) => isRun(join(folders.results, name)))
    .toSorted()
    .at(-1);
  if (newest === undefined) throw new DataNeedError("There is no run yet. Make one with: npm run bench");
  return join(folders.results, newest);
}

/** Folder of a run that is named by its path, or by its name in `results/`. */
function folderOf(name: string, typedIn: string): string {
  const candidates = isAbsolute(name) ? [name] : [join(folders.results, name), resolve(typedIn, name)];
  const found = candidates.find(isRun);
  if (found === undefined) throw new DataNeedError(`There is no run "${name}" in ${folders.results}.`);
  return found;
}

/** `bench:report`: writes `report.html` beside the newest of the runs that are named, or of all. Rejects with {@link DataNeedError}. */
export async function reportCommand(names: readonly string[], print: (line: string) => void): Promise<ExitCode> {
  const typedIn = process.env["INIT_CWD"] ?? process.cwd();
  const chosen = names.length === 0 ? [newestRun()] : names.map((name) => folderOf(name, typedIn));
  const runs = chosen
    .map((folder) => ({ folder, run: readMeasuredRun(folder) }))
    .toSorted((left, right) => (left.run.name < right.run.name ? -1 : 1));
  const [last] = runs.slice(-1);
  if (last === undefined) throw new DataNeedError("No run was named.");
  const before: readonly MeasuredRun[] = runs.slice(0, -1).map(({ run }) => run);
  const baselines = readBaselines(folders.baselines, last.run.machine.class);
  const path = join(last.folder, "report.html");
  await writeFile(path, reportPage({ runs: [...before, last.run], workloads, baselines }));
  print(path);
  return exitCodes.green;
}
