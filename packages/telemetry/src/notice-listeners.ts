import type { NoticeListener, TelemetryNotice } from "./telemetry-notice.ts";

/** Listeners of notices. */
export class NoticeListeners {
  readonly #listeners = new Set<{ readonly call: NoticeListener }>();

  add(listener: NoticeListener): Disposable {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  async tell(notice: TelemetryNotice): Promise<void> {
    await Promise.allSettled([...this.#listeners].map(async ({ call }) => call(notice)));
  }
}
