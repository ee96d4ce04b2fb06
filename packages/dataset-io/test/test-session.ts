import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { openSession, type OpenSessionOptions, type Session } from "@deltafuse/session-core/session";

/** Opens a session with the preset for tests. */
export function openTestSession(options: OpenSessionOptions = {}, profile: ProfileInput = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...profile }), options);
}

/** All rows of a table, by its first column. */
export function rowsOf(session: Session, name: string): Promise<object[]> {
  return session.sql(`SELECT * FROM ${name} ORDER BY 1`).rows({ values: "plain" });
}

/** Names of all tables and views. */
export async function tableNames(session: Session): Promise<readonly string[]> {
  const { catalogs } = await session.inspect();
  return catalogs.flatMap(({ schemas }) => schemas.flatMap(({ tables }) => tables.map(({ name }) => name)));
}
