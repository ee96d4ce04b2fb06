/** Errors that functions of the program threw in calls of the engine, until the failure that they caused comes back. */
export interface CallbackErrors {
  /** Keeps what a call threw. The last 64 are kept. */
  keep(callId: number, error: unknown): void;
  /** Gives what a call threw, once; undefined when nothing is kept. */
  take(callId: unknown): unknown;
}

const keptErrors = 64;

class KeptErrors implements CallbackErrors {
  readonly #errors = new Map<unknown, unknown>();

  keep(callId: number, error: unknown): void {
    const [oldest] = this.#errors.keys();
    if (this.#errors.size >= keptErrors) this.#errors.delete(oldest);
    this.#errors.set(callId, error);
  }

  take(callId: unknown): unknown {
    const error = this.#errors.get(callId);
    this.#errors.delete(callId);
    return error;
  }
}

/** A place for the errors of one session. */
export function callbackErrors(): CallbackErrors {
  return new KeptErrors();
}
