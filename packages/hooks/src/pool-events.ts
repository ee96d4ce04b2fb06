import { registrationRecord } from "@deltafuse/telemetry/record-kinds";
import type { EventRows } from "./event-row.ts";
import { type RecordDraft, draft, findingDraft } from "./record-draft.ts";

/** What a lease had changed, and what is as it was again. */
export interface CleanedSession {
  readonly tables: number;
  readonly views: number;
  readonly functions: number;
  readonly prepared: number;
  readonly settings: number;
}

/** Payload of `pool.acquired`. */
export interface PoolAcquiredPayload {
  /** Number of the session in the pool, from 0. */
  readonly slot: number;
  readonly waitUs: number;
}

/** Payload of `pool.released`. */
export interface PoolReleasedPayload {
  readonly slot: number;
  /** From acquired to clean again. */
  readonly heldUs: number;
  readonly cleaned: CleanedSession;
}

/** Payload of `pool.slot_rebuilt`. */
export interface PoolSlotRebuiltPayload {
  readonly slot: number;
  /** Why it could not be cleaned. */
  readonly reason: string;
}

/** Payload of `statement.prepared`. */
export interface StatementPreparedPayload {
  readonly name: string;
  /** Type texts of its parameters, in the order of their names; null where any type will do. */
  readonly types: readonly (string | null)[];
  /** Whether another one of that name went away. */
  readonly replaced: boolean;
}

/** Payloads of the events of pools and of prepared statements with a name. */
export interface PoolEvents {
  readonly "pool.acquired": PoolAcquiredPayload;
  readonly "pool.released": PoolReleasedPayload;
  readonly "pool.slot_rebuilt": PoolSlotRebuiltPayload;
  readonly "statement.prepared": StatementPreparedPayload;
}

/** What the table says about them. */
export const poolEventRows: EventRows<PoolEvents> = {
  "pool.acquired": {
    owner: "session-core",
    fires: "a lease was taken",
    members: { slot: "integer", waitUs: "integer" },
  },
  "pool.released": {
    owner: "session-core",
    fires: "a lease was given back and its session verified to be as it was",
    members: { slot: "integer", heldUs: "integer", cleaned: "object" },
  },
  "pool.slot_rebuilt": {
    owner: "session-core",
    fires: "a session could not be cleaned, and another one took its place",
    records: ["finding"],
    members: { slot: "integer", reason: "string" },
  },
  "statement.prepared": {
    owner: "session-core",
    fires: "PREPARE ran, or a query of the profile was prepared",
    records: ["registration"],
    members: { name: "string", types: "list", replaced: "boolean" },
  },
};

/** Records of `pool.slot_rebuilt`. */
export function rebuiltRecords({ slot, reason }: PoolSlotRebuiltPayload): readonly RecordDraft[] {
  const message = `A session of the pool could not be cleaned and was replaced: ${reason}`;
  const finding = { severity: "warning", category: "pool", code: "POOL.SLOT_REBUILT", message } as const;
  return [findingDraft({ ...finding, subject: String(slot) })];
}

/** Records of `statement.prepared`. */
export function preparedRecords({ name, replaced }: StatementPreparedPayload): readonly RecordDraft[] {
  const action = replaced ? "replaced" : "registered";
  return [draft(registrationRecord, { action, object: "prepared", name, overwrite: replaced })];
}
