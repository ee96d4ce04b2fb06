import type { Clock } from "@deltafuse/telemetry/clock";
import { type EventPosition, type EventSequence, createSequence } from "./event-context.ts";

/** Hands one event to everybody. */
export type Deliver = () => void;

/** Makes an event at its place in the order. Called at once; what it returns is called when it is the event's turn. */
export type PrepareEvent = (position: EventPosition) => Deliver;

/** Events that listeners may cause while one event is dispatched. */
export const maxQueuedEvents = 1000;

/**
 * Delivers events one after another: what is emitted while another event is delivered waits, so that everybody sees the
 * events in the order of their numbers.
 */
export class EventDispatcher {
  readonly #sequence: EventSequence;
  #queue: Deliver[] = [];
  #isDraining = false;
  #queuedInDrain = 0;
  #droppedInDrain = 0;
  #reportDropped: ((dropped: number) => PrepareEvent) | undefined;
  #emitted = 0;
  #dropped = 0;

  constructor(clock: Clock) {
    this.#sequence = createSequence(clock);
  }

  get emitted(): number {
    return this.#emitted;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Whether no event is delivered now. */
  get isIdle(): boolean {
    return !this.#isDraining;
  }

  /** Takes the place of an event that nobody listens to. */
  skip(): EventPosition {
    this.#emitted += 1;
    return this.#sequence.next();
  }

  /**
   * Delivers an event: now, or after those before it. What a delivery throws is thrown when all are delivered.
   *
   * @param reportDropped - Makes the event that reports how many were dropped, when this is the first that is.
   * @returns Whether it was taken: not when listeners have caused too many events already.
   */
  dispatch(prepare: PrepareEvent, reportDropped: (dropped: number) => PrepareEvent): boolean {
    if (this.#isDraining && this.#queuedInDrain >= maxQueuedEvents) {
      this.#dropped += 1;
      this.#droppedInDrain += 1;
      this.#reportDropped ??= reportDropped;
      return false;
    }
    this.#enqueue(prepare);
    if (this.#isDraining) this.#queuedInDrain += 1;
    else this.#drain();
    return true;
  }

  #enqueue(prepare: PrepareEvent): void {
    this.#emitted += 1;
    this.#queue.push(prepare(this.#sequence.next()));
  }

  #drain(): void {
    const failures: unknown[] = [];
    this.#isDraining = true;
    this.#deliverQueued(failures);
    if (this.#reportDropped !== undefined) {
      this.#enqueue(this.#reportDropped(this.#droppedInDrain));
      this.#deliverQueued(failures);
    }
    this.#isDraining = false;
    this.#queuedInDrain = 0;
    this.#droppedInDrain = 0;
    this.#reportDropped = undefined;
    if (failures.length > 0) throw failures[0];
  }

  #deliverQueued(failures: unknown[]): void {
    // The queue grows while it is walked.
    for (let index = 0; index < this.#queue.length; index += 1) {
      try {
        this.#queue[index]?.();
      } catch (error) {
        failures.push(error);
      }
    }
    this.#queue = [];
  }
}
