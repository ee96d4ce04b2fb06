import type { AbortableOptions } from "@deltafuse/config/abort";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { ResolvedProfile } from "@deltafuse/config/resolve";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { untraced } from "@deltafuse/hooks/operation";
import type { HostStep } from "./extension.ts";
import { nativeSession } from "./native-session.ts";
import { stateOf } from "./session-state.ts";
import type { Session } from "./session.ts";

/** The id of the step that begins to read metrics. */
export const sampleStep = "metrics.sample";

const longestIntervalMs = 2 ** 31 - 1;

/** The step that begins to read the metrics of a session, where the profile asks for it. */
export function sampleSteps({ sampleMetrics }: Pick<ResolvedProfile, "sampleMetrics">): readonly HostStep[] {
  if (sampleMetrics === null) return [];
  return [{ id: sampleStep, phase: "observability", spec: { everyMs: sampleMetrics } }];
}

/**
 * Reads the metrics of a session now, and as often as its profile says until it is closed. A reading that fails later is a
 * `session.warning`. The timer keeps no process alive.
 */
export async function installSampler(session: Session, options: AbortableOptions): Promise<void> {
  const state = stateOf(nativeSession(session));
  const { sampleMetrics } = state.resolved;
  if (sampleMetrics === null) return;
  const { readMetrics } = await import("./session-metrics.ts");
  await readMetrics(state, options);
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    try {
      await readMetrics(state, {});
    } catch (error) {
      if (isDeltaFuseError(error, "SESSION.CLOSED")) return;
      const { code, message } = toErrorPayload(error);
      state.hooks.emit("session.warning", { code, message: `The metrics could not be read: ${message}` });
    } finally {
      reading = undefined;
    }
  };
  const timer = setInterval(
    () => {
      reading ??= untraced(state.hooks, read);
    },
    Math.min(Math.max(sampleMetrics, 1), longestIntervalMs),
  );
  timer.unref();
  state.streams.add(async () => {
    clearInterval(timer);
    await reading;
  });
}
