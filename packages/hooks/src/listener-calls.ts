import type { AbortableOptions } from "@deltafuse/config/abort";
import { waitAtMost } from "./bounded-wait.ts";
import { toErrorPayload } from "./error-payload.ts";
import { type HooksError, listenerFailed, listenerTimeout } from "./errors.ts";
import type { EventName, HookEvent, ListenerFailedPayload } from "./events.ts";
import type { Listener } from "./listener.ts";

/** Emits that a listener failed. */
export type ReportFailure = (failure: ListenerFailedPayload) => void;

/** A listener that was called and returned a promise. */
export interface ListenerCall {
  readonly listener: Listener;
  readonly event: EventName;
  readonly done: Promise<void>;
  readonly report: ReportFailure;
  /** Set when it was late; what becomes of it afterwards is not reported. */
  isLate: boolean;
}

function ignore(): void {}

/** Calls listeners, sees to it that none of them disturbs the others, and keeps count. */
export class ListenerCalls {
  /** Ends of the calls that are not settled. */
  readonly #pending = new Set<Promise<void>>();
  #failures = 0;
  #running = "";

  /** Listeners that threw, rejected, were late or caused too much. */
  get failures(): number {
    return this.#failures;
  }

  /** Name of the listener that runs. */
  get running(): string {
    return this.#running;
  }

  countFailure(): void {
    this.#failures += 1;
  }

  /** Calls a listener; gives its call when it returned a promise. */
  call(listener: Listener, event: HookEvent, report: ReportFailure): ListenerCall | undefined {
    if (listener.once) listener.unsubscribe();
    const outer = this.#running;
    this.#running = listener.name;
    try {
      const result = listener.call(event);
      return result === undefined ? undefined : this.#track(result, { listener, event: event.event, report });
    } catch (error) {
      this.#failThrown({ listener, event: event.event, report }, error);
      return undefined;
    } finally {
      this.#running = outer;
    }
  }

  /** Waits for a call at most as long as its listener may take. */
  async waitFor(call: ListenerCall): Promise<void> {
    const { name, timeoutMs } = call.listener;
    if (await waitAtMost(call.done, { timeoutMs })) return;
    call.isLate = true;
    this.#fail(call, listenerTimeout(name, call.event, timeoutMs));
  }

  /** Resolves when every promise that was returned so far is settled. */
  async settled(options: AbortableOptions): Promise<void> {
    await waitAtMost(Promise.all(this.#pending), options);
  }

  #track(result: Promise<void>, about: Pick<ListenerCall, "listener" | "event" | "report">): ListenerCall {
    const done = Promise.resolve(result).then(ignore, (error: unknown) => {
      if (!call.isLate) this.#failThrown(call, error);
    });
    const call: ListenerCall = { ...about, done, isLate: false };
    this.#pending.add(done);
    const forget = (): void => void this.#pending.delete(done);
    done.then(forget, forget);
    return call;
  }

  #failThrown(call: Pick<ListenerCall, "listener" | "event" | "report">, thrown: unknown): void {
    this.#fail(call, listenerFailed(call.listener.name, call.event, toErrorPayload(thrown)));
  }

  #fail({ listener, event, report }: Pick<ListenerCall, "listener" | "event" | "report">, error: HooksError): void {
    this.#failures += 1;
    // A listener of listener.failed that fails would report itself without end.
    if (event !== "listener.failed") {
      report({ listener: listener.name, failedEvent: event, error: toErrorPayload(error) });
    }
  }
}
