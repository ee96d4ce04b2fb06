import type { AbortableOptions } from "@deltafuse/config/abort";
import { invariant } from "@deltafuse/config/errors";
import type { PendingRecord } from "./pending-record.ts";
import type { TelemetryRecord } from "./record.ts";

/** Which records to look at; every member narrows. */
export interface RecordFilter {
  readonly kinds?: readonly string[];
  readonly sessionId?: string;
  readonly runId?: string;
  readonly queryId?: string;
  /** Only records after this `seq`. */
  readonly sinceSeq?: number;
}

/** Counters of a recorder. */
export interface RecorderStats {
  /** Records taken since the start. */
  readonly recorded: number;
  /** Records pushed out by newer ones. */
  readonly dropped: number;
  /** Records refused because they did not fit their kind. */
  readonly invalid: number;
  /** Size of the records that are held, as JSON lines. */
  readonly bytes: number;
}

/** Reading side of a bounded memory of the last records. */
export interface Recorder {
  /** The held records that match, oldest first. */
  snapshot(filter?: RecordFilter): readonly TelemetryRecord[];
  /** As `snapshot`, and removes them. */
  drain(filter?: RecordFilter): readonly TelemetryRecord[];
  /** The first record of a kind that matches: one that is held, else the next one. Rejects with the signal's reason. */
  waitFor(
    kind: string,
    predicate?: (record: TelemetryRecord) => boolean,
    options?: AbortableOptions,
  ): Promise<TelemetryRecord>;
  /** Counters since the recorder was made. */
  stats(): RecorderStats;
  /** Forgets the held records; counters stay. */
  clear(): void;
}

/** A recorder with its writing side. */
export interface RingRecorder extends Recorder {
  /** Takes a record. Its size is looked at later, before anybody reads. */
  add(record: PendingRecord): void;
  /** Counts a record that did not fit its kind. */
  countInvalid(): void;
}

/** Bounds of a ring recorder. */
export interface RingRecorderOptions {
  /** Default 4096. */
  readonly maxRecords?: number;
  /** Default 16 MiB. */
  readonly maxBytes?: number;
}

interface Held {
  readonly record: PendingRecord;
  /** What it counts: its size, or what that is at most until it is weighed. */
  bytes: number;
  isWeighed: boolean;
  isDropped: boolean;
}

/** Records that may be larger are weighed, and thereby redacted, soon; others when they are read or space is scarce. */
const maxLight = 4096;

/** Records to be weighed soon that wait at most. */
const maxHeavy = 64;

/** What soon is, in ms: a program that opens a session has its first result by then. */
const weighAfterMs = 20;

interface Waiter {
  readonly matches: (record: PendingRecord) => boolean;
  readonly resolve: (record: TelemetryRecord) => void;
}

function matchesFilter(record: PendingRecord, filter: RecordFilter): boolean {
  if (filter.kinds !== undefined && !filter.kinds.includes(record.kind)) return false;
  if (filter.sessionId !== undefined && filter.sessionId !== record.sessionId) return false;
  if (filter.runId !== undefined && filter.runId !== record.runId) return false;
  if (filter.queryId !== undefined && filter.queryId !== record.queryId) return false;
  return filter.sinceSeq === undefined || record.seq > filter.sinceSeq;
}

class Ring implements RingRecorder {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  /** Slots before `#start` are empty; the array is compacted when they are half of it. */
  #held: (Held | undefined)[] = [];
  #start = 0;
  /** No record before this slot waits to be weighed. */
  #weighed = 0;
  /** Those that are to be weighed soon. */
  #heavy: Held[] = [];
  #isFittingDue = false;
  #bytes = 0;
  #recorded = 0;
  #dropped = 0;
  #invalid = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(options: RingRecorderOptions) {
    this.#maxRecords = options.maxRecords ?? 4096;
    this.#maxBytes = options.maxBytes ?? 16 * 1024 * 1024;
    invariant(this.#maxRecords >= 0 && this.#maxBytes >= 0, "a recorder has bounds that are not negative");
  }

  add(record: PendingRecord): void {
    this.#recorded += 1;
    const { atMost } = record;
    const isLight = atMost <= maxLight;
    const held: Held = { record, bytes: isLight ? atMost : 0, isWeighed: false, isDropped: false };
    this.#held.push(held);
    this.#bytes += held.bytes;
    if (!isLight) this.#heavy.push(held);
    if (this.#held.length - this.#start > this.#maxRecords) this.#dropOldest();
    if (!isLight || this.#bytes > this.#maxBytes) this.#fitLater();
    for (const waiter of this.#waiters) {
      if (waiter.matches(record)) waiter.resolve(record.read());
    }
  }

  countInvalid(): void {
    this.#invalid += 1;
  }

  snapshot(filter: RecordFilter = {}): readonly TelemetryRecord[] {
    const matching = this.#records().filter((record) => matchesFilter(record, filter));
    return Object.freeze(matching.map((record) => record.read()));
  }

  drain(filter: RecordFilter = {}): readonly TelemetryRecord[] {
    const drained = this.snapshot(filter);
    this.#held = this.#held.filter((held) => held !== undefined && !matchesFilter(held.record, filter));
    this.#start = 0;
    this.#weighed = 0;
    this.#bytes = this.#held.reduce((sum, held) => sum + (held?.bytes ?? 0), 0);
    return drained;
  }

  async waitFor(
    kind: string,
    predicate: (record: TelemetryRecord) => boolean = () => true,
    options: AbortableOptions = {},
  ): Promise<TelemetryRecord> {
    const { signal } = options;
    signal?.throwIfAborted();
    const matches = (record: PendingRecord): boolean => record.kind === kind && predicate(record.read());
    const present = this.#records().find(matches);
    if (present !== undefined) return present.read();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        matches,
        resolve: (record) => {
          leave();
          resolve(record);
        },
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  stats(): RecorderStats {
    this.#fit();
    this.#weighAll();
    return { recorded: this.#recorded, dropped: this.#dropped, invalid: this.#invalid, bytes: this.#bytes };
  }

  clear(): void {
    this.#held = [];
    this.#heavy = [];
    this.#start = 0;
    this.#weighed = 0;
    this.#bytes = 0;
  }

  #records(): PendingRecord[] {
    this.#fit();
    return this.#held.slice(this.#start).flatMap((held) => held?.record ?? []);
  }

  #fitLater(): void {
    if (this.#heavy.length >= maxHeavy || this.#bytes > 2 * this.#maxBytes) this.#fit();
    if (this.#isFittingDue) return;
    this.#isFittingDue = true;
    const fitting = setTimeout(() => {
      this.#isFittingDue = false;
      this.#fit();
    }, weighAfterMs);
    fitting.unref();
  }

  /** Weighs what is to be weighed soon; drops records until the rest fits, of which it weighs as many as it must. */
  #fit(): void {
    const heavy = this.#heavy;
    this.#heavy = [];
    for (const held of heavy) {
      this.#weigh(held);
      this.#dropUntilFits();
    }
    this.#dropUntilFits();
  }

  #weighAll(): void {
    while (this.#weighNext()) {
      // Each takes one.
    }
  }

  #dropUntilFits(): void {
    while (this.#bytes > this.#maxBytes) {
      if (!this.#weighNext()) this.#dropOldest();
    }
  }

  /** Weighs the oldest record that is not weighed; false when there is none. */
  #weighNext(): boolean {
    this.#weighed = Math.max(this.#weighed, this.#start);
    while (this.#held[this.#weighed]?.isWeighed === true) this.#weighed += 1;
    const held = this.#held[this.#weighed];
    if (held !== undefined) this.#weigh(held);
    return held !== undefined;
  }

  #weigh(held: Held): void {
    if (held.isDropped || held.isWeighed) return;
    held.isWeighed = true;
    this.#bytes -= held.bytes;
    held.bytes = held.record.bytes;
    this.#bytes += held.bytes;
  }

  #dropOldest(): void {
    const oldest = this.#held[this.#start];
    if (oldest !== undefined) oldest.isDropped = true;
    this.#bytes -= oldest?.bytes ?? 0;
    this.#held[this.#start] = undefined;
    this.#start += 1;
    this.#dropped += 1;
    if (this.#start * 2 <= this.#held.length) return;
    this.#held = this.#held.slice(this.#start);
    this.#weighed = Math.max(0, this.#weighed - this.#start);
    this.#start = 0;
  }
}

/**
 * Makes a recorder that keeps the newest records and drops the oldest when either bound is passed.
 *
 * @example
 * createRingRecorder({ maxRecords: 100 }).stats(); // { recorded: 0, dropped: 0, invalid: 0, bytes: 0 }
 */
export function createRingRecorder(options: RingRecorderOptions = {}): RingRecorder {
  return new Ring(options);
}
