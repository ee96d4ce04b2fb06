import { isDeltaFuseError } from "@deltafuse/config/errors";
import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import type { SessionExtension } from "../src/extension.ts";
import { openSession, type Session } from "../src/session.ts";
import type { Attempts } from "./policy-attempts.ts";

/** Gives a session a table and a view, whatever its policy: extensions are no SQL. */
export const tables: SessionExtension = {
  id: "tables",
  version: 1,
  contribute: () => ({ steps: [{ id: "views.register", phase: "schemas", spec: null }] }),
  install: async (session) => {
    await session.createView("t", session.fromRows([{ a: 1 }]));
  },
};

/** Opens a session with a table and a view under a policy. */
export function openUnder(policy: Attempts["policy"], more: Omit<ProfileInput, "sql"> = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...more, sql: { policy } }), { extensions: [tables] });
}

/** The violation that a piece of work is refused for; the code of another error, or null when it went through. */
export async function refusal(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!isDeltaFuseError(error)) throw error;
    const { violation } = error.details;
    return typeof violation === "string" ? violation : error.code;
  }
}
