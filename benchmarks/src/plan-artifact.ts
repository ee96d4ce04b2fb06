import { dirname } from "node:path";
import type { Session } from "@deltafuse/session-core/session";

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Folders of the data become `<data>`, and names that differ from one making to the next `<uuid>`. */
function withoutPlaces(text: string, paths: readonly string[]): string {
  // The engine leaves out the leading slash of a path.
  const folders = [...new Set(paths.map((path) => dirname(path)))].flatMap((path) => [path, path.replace(/^\//, "")]);
  return folders
    .toSorted((left, right) => right.length - left.length)
    .reduce((replaced, path) => replaced.replaceAll(path, "<data>"), text)
    .replaceAll(uuid, "<uuid>");
}

/** The optimised logical and the physical plan of a query, with `<data>` for the folders of `paths`. */
export async function planText(session: Session, sql: string, paths: readonly string[]): Promise<string> {
  const text = await session.sql(sql).explain();
  return `${withoutPlaces(text, paths).trimEnd()}\n`;
}
