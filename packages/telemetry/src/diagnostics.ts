import { type DiagnosticsTarget, parseDiagnostics } from "@deltafuse/config/diagnostics-target";
import type { TelemetryOptions } from "./telemetry.ts";

async function optionsFor(target: DiagnosticsTarget): Promise<TelemetryOptions> {
  if (target.sink === "none") return { include: [] };
  if (target.sink === "memory") return {};
  if (target.sink === "jsonl") {
    const { jsonLinesSink } = await import("./json-lines-sink.ts");
    return { sinks: [jsonLinesSink({ path: target.path })] };
  }
  const { openTelemetry } = await import("./open-telemetry.ts");
  const { tracer, sink } = openTelemetry();
  return { tracer, sinks: [sink] };
}

/**
 * The options of `createTelemetry` for a text, as `DELTAFUSE_DIAGNOSTICS` has it: `none` records nothing, `memory` keeps the
 * last records in memory, `otel` hands spans and metrics to the OpenTelemetry providers that are registered, `jsonl:PATH`
 * appends to a file.
 *
 * Rejects with `CONFIG.INVALID_ENV` for another text, `TELEMETRY.ENCODER_UNAVAILABLE` when a package is not installed.
 *
 * @example
 * const { diagnostics = "memory" } = readEnv();
 * const telemetry = createTelemetry(await diagnosticsOptions(diagnostics));
 */
export async function diagnosticsOptions(text: string): Promise<TelemetryOptions> {
  return optionsFor(parseDiagnostics(text));
}
