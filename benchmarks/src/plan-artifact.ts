import { dirname } from "node:path";
import type { Session } from "@deltafuse/session-core/session";

/** Paths of the data become `<data>`, so that a plan is the same in every folder. */
function withoutPaths(text: string, paths: readonly string[]): string {
  // A path is longer than the folders it lies in, and the engine leaves out the leading slash.
  const folders = paths.flatMap((path) => [path, dirname(path), dirname(dirname(path))]);
  const known = [...new Set(folders.flatMap((path) => [path, path.replace(/^\//, "")]))];
  return known
    .toSorted((left, right) => right.length - left.length)
    .reduce((replaced, path) => replaced.replaceAll(path, "<data>"), text);
}

/** The optimised logical and the physical plan of a query, with `<data>` for the folders of `paths`. */
export async function planText(session: Session, sql: string, paths: readonly string[]): Promise<string> {
  const text = await session.sql(sql).explain();
  return `${withoutPaths(text, paths).trimEnd()}\n`;
}
