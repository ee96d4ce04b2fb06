import { diagnosticsOptions } from "@deltafuse/telemetry/diagnostics";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import type { HookEmitter } from "./emitter.ts";
import { createHooks } from "./hooks.ts";

/**
 * Makes hooks whose records go where a text says: `none`, `memory`, `otel` or `jsonl:PATH`, the value of
 * `DELTAFUSE_DIAGNOSTICS`. Whoever makes them closes their `telemetry` at the end.
 *
 * Rejects with `CONFIG.INVALID_ENV` for another text, `TELEMETRY.ENCODER_UNAVAILABLE` when a package is not installed.
 *
 * @example
 * const hooks = await diagnosticHooks(readEnv().diagnostics ?? "memory");
 * await hooks.telemetry.close();
 */
export async function diagnosticHooks(text: string): Promise<HookEmitter> {
  return createHooks({ telemetry: createTelemetry(await diagnosticsOptions(text)) });
}
