import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { openSession, type OpenSessionOptions, type Session } from "@deltafuse/session-core/session";
import { delta } from "../src/extension.ts";
import { readTable } from "../src/scan.ts";
import type { TableInput } from "../src/table.ts";

/** A session and a folder, both gone at the end. */
export interface TestSite extends AsyncDisposable {
  readonly session: Session;
  /** Absolute path of a name in the folder. */
  path(name: string): string;
}

/** Opens a session with the preset for tests and this package. */
export function openTestSession(options: OpenSessionOptions = {}, profile: ProfileInput = {}): Promise<Session> {
  const extensions = [delta(), ...(options.extensions ?? [])];
  return openSession(parseProfile({ preset: "test", ...profile }), { ...options, extensions });
}

/** Makes a session and a folder. */
export async function testSite(options: OpenSessionOptions = {}, profile: ProfileInput = {}): Promise<TestSite> {
  const root = mkdtempSync(join(tmpdir(), "deltafuse-"));
  const session = await openTestSession(options, profile);
  return {
    session,
    path: (name) => join(root, name),
    [Symbol.asyncDispose]: async () => {
      await session.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** All rows of a table, in the order of their text. */
export async function rowsOf(session: Session, target: TableInput): Promise<object[]> {
  const frame = await readTable(session, target);
  const rows = await frame.rows({ values: "plain" });
  const text = (row: object): string => JSON.stringify(Object.values(row));
  return rows.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}
