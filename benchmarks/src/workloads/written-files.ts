import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import type { Counters } from "../workload.ts";

/** An action of the log of a Delta table, as far as it is counted. */
interface LogAction {
  readonly add?: { readonly size: number };
  readonly remove?: object;
  readonly commitInfo?: object;
}

const isCommit = (name: string): boolean => /^\d{20}\.json$/.test(name);

/** Files of the commits of a Delta table, in their order; none where there is no table. */
export async function commitsOf(table: string): Promise<readonly string[]> {
  const log = join(table, "_delta_log");
  const names = await readdir(log).catch((): string[] => []);
  return names
    .filter(isCommit)
    .toSorted()
    .map((name) => join(log, name));
}

/**
 * What commits added and removed. The bytes of the log are those of its actions without what a commit says of itself, which
 * tells times.
 */
export async function commitCounters(commits: readonly string[]): Promise<Counters> {
  const texts = await Promise.all(commits.map((commit) => readFile(commit, "utf8")));
  const lines = texts.flatMap((text) => text.trim().split("\n"));
  const actions = lines.map((line) => blindCast<LogAction, "a line of the log is an action">(JSON.parse(line)));
  const added = actions.flatMap(({ add }) => add ?? []);
  const told = lines.filter((_, at) => actions[at]?.commitInfo === undefined);
  return {
    commits: commits.length,
    filesAdded: added.length,
    filesRemoved: actions.filter(({ remove }) => remove !== undefined).length,
    bytesAdded: added.reduce((sum, { size }) => sum + size, 0),
    logBytes: told.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
  };
}

/** Parquet files at a path, which is one of them or a folder. */
export async function fileCounters(path: string): Promise<Counters> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder
    ? (await readdir(path, { recursive: true })).filter((name) => name.endsWith(".parquet"))
    : [""];
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size));
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
