import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { logExporter, metricExporter, spanExporter } from "./providers.ts";

const shown = ["db.query.text", "deltafuse.delta.version", "error.type"];

function textOf(attributes: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return names
    .filter((name) => attributes[name] !== undefined)
    .map((name) => `  ${name}=${String(attributes[name])}`)
    .join("");
}

function printBelow(spans: readonly ReadableSpan[], parent: string | undefined, depth: number): void {
  for (const span of spans) {
    if (span.parentSpanContext?.spanId !== parent) continue;
    console.log(`${"  ".repeat(depth)}${span.name}${textOf(span.attributes, shown)}`);
    printBelow(spans, span.spanContext().spanId, depth + 1);
  }
}

/** The spans as a tree, in the order of their beginning. */
export function printSpans(): void {
  const spans = spanExporter.getFinishedSpans();
  const begin = ({ startTime: [seconds, nanoseconds] }: ReadableSpan): number => seconds * 1000 + nanoseconds / 1e6;
  console.log("Spans");
  printBelow(
    spans.toSorted((a, b) => begin(a) - begin(b)),
    undefined,
    1,
  );
}

/** The metrics: of what each has values. */
export function printMetrics(): void {
  const scopes = metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [];
  console.log("Metrics");
  for (const { descriptor, dataPoints } of scopes.flatMap((scope) => scope.metrics)) {
    console.log(`  ${descriptor.name} (${descriptor.unit})`);
    for (const { attributes } of dataPoints) console.log(`  ${textOf(attributes, Object.keys(attributes))}`);
  }
}

/** The log records. */
export function printLogs(): void {
  console.log("Logs");
  for (const { eventName, severityText, body } of logExporter.getFinishedLogRecords()) {
    console.log(`  ${severityText} ${eventName}: ${typeof body === "string" ? body : ""}`);
  }
}
