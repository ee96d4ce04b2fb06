import { fingerprint } from "@deltafuse/config/fingerprint";
import { sessionRecord, settingsRecord } from "@deltafuse/telemetry/record-kinds";
import { type RecordDraft, draft, errorColumns, findingDraft } from "./record-draft.ts";
import type {
  EffectiveSettings,
  SessionClosedPayload,
  SessionFailedPayload,
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

/** Records of `session.opened`. */
export function openedRecords(event: SessionOpenedPayload): readonly RecordDraft[] {
  const session = draft(sessionRecord, {
    action: "opened",
    profileName: event.profileName,
    profileFingerprint: event.identities.profile,
    engineIdentity: event.identities.engine,
    sessionHash: event.identities.session,
    productVersion: event.productVersion,
    engineVersions: event.engineVersions,
    features: event.features,
    shared: event.shared,
    sqlPolicy: event.sqlPolicy,
    functionsHash: event.functionsHash,
    planners: event.planners,
    rules: event.rules,
    extensions: event.extensions,
    steps: event.steps,
    profileJson: event.profileJson,
    durationUs: event.durationUs,
  });
  return [session, settingsDraft(event.applied)];
}

/** Records of `session.failed`. */
export function failedRecords(event: SessionFailedPayload): readonly RecordDraft[] {
  const body = {
    action: "failed",
    profileName: event.profileName,
    profileFingerprint: event.profileFingerprint,
    productVersion: event.productVersion,
    shared: event.shared,
    steps: event.steps,
    profileJson: event.profileJson,
    durationUs: event.durationUs,
    ...errorColumns(event.error),
  };
  return [draft(sessionRecord, body)];
}

/** Records of `session.closed`. */
export function closedRecords(event: SessionClosedPayload): readonly RecordDraft[] {
  const body = {
    action: "closed",
    profileName: event.profileName,
    profileFingerprint: event.identities.profile,
    engineIdentity: event.identities.engine,
    sessionHash: event.identities.session,
    productVersion: event.productVersion,
    shared: event.shared,
    profileJson: event.profileJson,
    durationUs: event.durationUs,
  };
  return [draft(sessionRecord, body)];
}

/** Records of `session.warning`. */
export function warningRecords({ code, message }: SessionWarningPayload): readonly RecordDraft[] {
  return [findingDraft({ severity: "warning", category: "session", code, message })];
}
