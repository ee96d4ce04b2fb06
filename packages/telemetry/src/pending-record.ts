import { jsonLineBound } from "./json-line-bound.ts";
import { jsonLineLength } from "./json-line-length.ts";
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

class Pending implements PendingRecord {
  readonly #definition: RecordDefinition;
  readonly #redactor: Redactor;
  #facts: RecordFacts;
  #isClean = false;
  #bytes: number | undefined;
  #record: TelemetryRecord | undefined;

  constructor(definition: RecordDefinition, facts: RecordFacts, redactor: Redactor) {
    this.#definition = definition;
    this.#facts = facts;
    this.#redactor = redactor;
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
    return this.#bytes ?? jsonLineBound(this.#definition, this.#facts);
  }

  get bytes(): number {
    this.#bytes ??= jsonLineLength(this.#definition, this.#clean());
    return this.#bytes;
  }

  read(): TelemetryRecord {
    if (this.#record !== undefined) return this.#record;
    const facts = this.#clean();
    this.#record = Object.freeze({ ...facts, contentHash: recordHash(this.#definition, facts.body) });
    return this.#record;
  }

  /** The facts without secrets; what was recorded is forgotten. */
  #clean(): RecordFacts {
    if (this.#isClean) return this.#facts;
    const { label, tags, body } = this.#facts;
    this.#facts = {
      ...this.#facts,
      label: label === null ? null : this.#redactor.text(label),
      tags: tags === null ? null : this.#redactor.entries(tags),
      body: this.#redactor.body(this.#definition, body),
    };
    this.#isClean = true;
    return this.#facts;
  }
}

/** Takes what is recorded of a kind; its body is valid, and nobody else has it. */
export function pendingRecord(definition: RecordDefinition, facts: RecordFacts, redactor: Redactor): PendingRecord {
  return new Pending(definition, facts, redactor);
}
