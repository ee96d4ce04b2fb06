import type { Microseconds } from "./clock.ts";
import { jsonLineBound } from "./json-line-bound.ts";
import { type HashlessRecord, jsonLineLength } from "./json-line-length.ts";
import { recordHash } from "./record-hash.ts";
import type { RecordDefinition, RecordFacts, TelemetryRecord } from "./record.ts";
import type { Redactor } from "./redactor.ts";

/**
 * A record that is not redacted, measured and hashed yet. Nobody waits for that: it is done when the record is read or
 * weighed.
 */
export interface PendingRecord extends Pick<TelemetryRecord, "kind" | "seq" | "sessionId" | "runId" | "queryId"> {
  /** What the length of its JSON line does not exceed; infinite for what is better redacted soon. */
  readonly atMost: number;
  /** Length of its JSON line, redacted. */
  readonly bytes: number;
  /** The record, redacted and frozen: the same at every call. */
  read(): TelemetryRecord;
}

/** What records are made with when they are looked at. */
export interface RecordMaking {
  readonly redactor: Redactor;
  /** Makes the id of a record of that time. */
  readonly newId: (time: Microseconds) => string;
}

class Pending implements PendingRecord {
  readonly #definition: RecordDefinition;
  readonly #making: RecordMaking;
  /** As they were recorded; without secrets from when it is redacted. */
  #facts: RecordFacts;
  #redacted: HashlessRecord | undefined;
  #bytes: number | undefined;
  #record: TelemetryRecord | undefined;

  constructor(definition: RecordDefinition, facts: RecordFacts, making: RecordMaking) {
    this.#definition = definition;
    this.#facts = facts;
    this.#making = making;
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

  get runId(): string | null {
    return this.#facts.runId;
  }

  get queryId(): string | null {
    return this.#facts.queryId;
  }

  get atMost(): number {
    return this.#redacted === undefined ? jsonLineBound(this.#definition, this.#facts) : this.bytes;
  }

  get bytes(): number {
    this.#bytes ??= jsonLineLength(this.#definition, this.#redact());
    return this.#bytes;
  }

  read(): TelemetryRecord {
    if (this.#record !== undefined) return this.#record;
    const redacted = this.#redact();
    this.#record = Object.freeze({ ...redacted, contentHash: recordHash(this.#definition, redacted.body) });
    return this.#record;
  }

  /** The record without secrets; what was recorded is forgotten. */
  #redact(): HashlessRecord {
    if (this.#redacted !== undefined) return this.#redacted;
    const { redactor, newId } = this.#making;
    const { label, tags, body } = this.#facts;
    this.#redacted = {
      recordId: newId(this.#facts.time),
      ...this.#facts,
      label: label === null ? null : redactor.text(label),
      tags: tags === null ? null : redactor.entries(tags),
      body: redactor.body(this.#definition, body),
    };
    this.#facts = this.#redacted;
    return this.#redacted;
  }
}

/** Takes what is recorded of a kind; its body is valid, and nobody else has it. */
export function pendingRecord(definition: RecordDefinition, facts: RecordFacts, making: RecordMaking): PendingRecord {
  return new Pending(definition, facts, making);
}
