import { invalidEnv } from "./config-errors.ts";
import { diagnosticsVariable } from "./env-variables.ts";
import type { ConfigIssue } from "./errors.ts";

/** Where records go: nowhere, into memory, to OpenTelemetry, or into a file. */
export type DiagnosticsTarget =
  | { readonly sink: "none" | "memory" | "otel" }
  | { readonly sink: "jsonl"; readonly path: string };

/** What is wrong with any other text. */
export const wrongDiagnostics: ConfigIssue = {
  code: "INVALID_VALUE",
  path: diagnosticsVariable.name,
  message: "Expected none, memory, otel or jsonl: with the path of a file.",
};

/**
 * Reads where records go: `none`, `memory`, `otel`, or `jsonl:` with the path of a file. Anything else gives undefined.
 *
 * @example
 * diagnosticsTarget("otel"); // { sink: "otel" }
 * diagnosticsTarget("console"); // undefined
 */
export function diagnosticsTarget(text: string): DiagnosticsTarget | undefined {
  const [, name, path] = /^(none|memory|otel)$|^jsonl:(.+)$/s.exec(text.trim()) ?? [];
  if (path !== undefined) return { sink: "jsonl", path };
  return name === "none" || name === "memory" || name === "otel" ? { sink: name } : undefined;
}

/**
 * Reads where records go, as the value of `DELTAFUSE_DIAGNOSTICS` says it.
 *
 * Throws `CONFIG.INVALID_ENV` for anything but `none`, `memory`, `otel` and `jsonl:PATH`.
 *
 * @example
 * parseDiagnostics("jsonl:/var/log/records.jsonl"); // { sink: "jsonl", path: "/var/log/records.jsonl" }
 * parseDiagnostics("console"); // throws CONFIG.INVALID_ENV
 */
export function parseDiagnostics(text: string): DiagnosticsTarget {
  const target = diagnosticsTarget(text);
  if (target === undefined) throw invalidEnv([wrongDiagnostics]);
  return target;
}
