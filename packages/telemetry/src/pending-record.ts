import { jsonLineLength } from "./json-line-length.ts";
import { recordHash } from "./record-hash.ts";
import type { RecordDefinition, RecordFacts, TelemetryRecord } from "./record.ts";

/** A record without its hash, which is computed when the record is read: most are dropped before anybody does. */
export interface PendingRecord extends Pick<TelemetryRecord, "kind" | "seq" | "sessionId" | "queryId"> {
  /** Length of its JSON line. */
  readonly bytes: number;
  /** The record, frozen: the same at every call. Throws `CONFIG.NOT_CANONICAL` for a body that was not validated. */
  read(): TelemetryRecord;
}

class Pending implements PendingRecord {
  readonly bytes: number;
  readonly #definition: RecordDefinition;
  readonly #facts: RecordFacts;
  #record: TelemetryRecord | undefined;

  constructor(definition: RecordDefinition, facts: RecordFacts) {
    this.#definition = definition;
    this.#facts = facts;
    this.bytes = jsonLineLength(definition, facts);
  }

  get kind(): string {
    return this.#facts.kind;
  }

  get seq(): number {
    return this.#facts.seq;
  }

  get sessionId(): string | null {
    return this.#facts.sessionId;
  }

  get queryId(): string | null {
    return this.#facts.queryId;
  }

  read(): TelemetryRecord {
    this.#record ??= Object.freeze({ ...this.#facts, contentHash: recordHash(this.#definition, this.#facts.body) });
    return this.#record;
  }
}

/** Takes what is recorded of a kind; its members are redacted and deep-frozen already. */
export function pendingRecord(definition: RecordDefinition, facts: RecordFacts): PendingRecord {
  return new Pending(definition, facts);
}
