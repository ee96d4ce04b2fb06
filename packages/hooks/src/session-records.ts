import { fingerprint } from "@deltafuse/config/fingerprint";
import { sessionRecord, settingsRecord } from "@deltafuse/telemetry/record-kinds";
import { type RecordDraft, draft, errorColumns, findingDraft } from "./record-draft.ts";
import type {
  EffectiveSettings,
  SessionClosedPayload,
  SessionFailedPayload,
  SessionIdentities,
  SessionOpenedPayload,
  SessionWarningPayload,
} from "./session-events.ts";

function settingsDraft(applied: EffectiveSettings): RecordDraft {
  const values = Object.fromEntries(applied.entries.map(({ key, value }) => [key, value]));
  return draft(settingsRecord, {
    settingsHash: fingerprint("settings", 1, values),
    entries: applied.entries,
    runtime: applied.runtime,
  });
}

function identityColumns({ profile, engine, session }: SessionIdentities) {
  return { profileFingerprint: profile, engineIdentity: engine, sessionHash: session };
}

/** Records of `session.opened`. */
export function openedRecords(event: SessionOpenedPayload): readonly RecordDraft[] {
  const session = draft(sessionRecord, { action: "opened", ...identityColumns(event.identities) }, event);
  return [session, settingsDraft(event.applied)];
}

/** Records of `session.failed`. */
export function failedRecords(event: SessionFailedPayload): readonly RecordDraft[] {
  return [draft(sessionRecord, { action: "failed", ...errorColumns(event.error) }, event)];
}

/** Records of `session.closed`. */
export function closedRecords(event: SessionClosedPayload): readonly RecordDraft[] {
  return [draft(sessionRecord, { action: "closed", ...identityColumns(event.identities) }, event)];
}

/** Records of `session.warning`. */
export function warningRecords({ code, message }: SessionWarningPayload): readonly RecordDraft[] {
  return [findingDraft({ severity: "warning", category: "session", code, message })];
}
