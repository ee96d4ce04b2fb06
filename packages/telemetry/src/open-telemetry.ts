import type { Attributes, Meter, Tracer } from "@opentelemetry/api";
import { openTelemetryApi } from "./open-telemetry-api.ts";
import { spanTracer } from "./open-telemetry-spans.ts";
import type { StatementAttributes } from "./operation-attributes.ts";
import type { OperationTracer } from "./operation-tracer.ts";
import {
  type Measurement,
  type MetricDefinition,
  type MetricName,
  measuredKinds,
  measurementsOf,
  metricTable,
  plannedStatement,
} from "./record-metrics.ts";
import type { TelemetryRecord } from "./record.ts";
import type { TelemetrySink } from "./sink.ts";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Makes the spans. Default: the tracer `deltafuse` of the provider that the application has registered. */
  readonly tracer?: Tracer;
  /** Makes the instruments. Default: the meter `deltafuse` of the provider that the application has registered. */
  readonly meter?: Meter;
  /** Whether spans carry `db.query.text`: the text with every literal as `?`. Default true. */
  readonly captureText?: boolean;
  /** Labels that metrics carry as `deltafuse.label`; others would make a series of their own each. Default none. */
  readonly metricLabels?: readonly string[];
}

/** Both sides of the bridge. */
export interface OpenTelemetryBridge {
  /** Spans, made of operations: the option `tracer` of `createTelemetry`. */
  readonly tracer: OperationTracer;
  /** Metrics, made of records: one of the `sinks` of `createTelemetry`. */
  readonly sink: TelemetrySink;
}

const scopeName = "deltafuse";
const keptStatements = 4096;

/** How much totals have grown since the last time, of each set of attributes. */
function totals(): (total: number, attributes: Attributes) => number {
  const known = new Map<string, number>();
  return (total, attributes) => {
    const key = JSON.stringify(attributes);
    const before = known.get(key) ?? 0;
    known.set(key, Math.max(before, total));
    return Math.max(0, total - before);
  };
}

function instrument(meter: Meter, name: MetricName): (value: number, attributes: Attributes) => void {
  const { type, unit, description, boundaries, isTotal = false }: MetricDefinition = metricTable[name];
  if (type === "counter") {
    const counter = meter.createCounter(name, { unit, description });
    const growth = totals();
    return (value, attributes) => counter.add(isTotal ? growth(value, attributes) : value, attributes);
  }
  if (type === "gauge") {
    const gauge = meter.createGauge(name, { unit, description });
    return (value, attributes) => gauge.record(value, attributes);
  }
  const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...boundaries] } };
  const histogram = meter.createHistogram(name, { unit, description, ...advice });
  return (value, attributes) => histogram.record(value, attributes);
}

function defined(attributes: Measurement["attributes"]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** Statements of queries that have been planned and not yet been executed, at most {@link keptStatements}. */
class PlannedStatements {
  readonly #byQuery = new Map<string, StatementAttributes>();

  readonly of = (queryId: string | null): StatementAttributes | undefined => this.#byQuery.get(queryId ?? "");

  note({ kind, queryId }: TelemetryRecord, statement: StatementAttributes | undefined): void {
    if (queryId === null) return;
    if (kind === "execution") this.#byQuery.delete(queryId);
    if (statement === undefined) return;
    this.#byQuery.set(queryId, statement);
    const [oldest] = this.#byQuery.keys();
    if (this.#byQuery.size > keptStatements && oldest !== undefined) this.#byQuery.delete(oldest);
  }
}

function metricSink(meter: Meter, metricLabels: ReadonlySet<string>): TelemetrySink {
  const instruments = new Map<MetricName, ReturnType<typeof instrument>>();
  const statements = new PlannedStatements();
  const take = (record: TelemetryRecord): void => {
    const { label } = record;
    const labelled = label !== null && metricLabels.has(label) ? { "deltafuse.label": label } : {};
    for (const { metric, value, attributes } of measurementsOf(record, statements.of)) {
      const measure = instruments.get(metric) ?? instrument(meter, metric);
      instruments.set(metric, measure);
      measure(value, { ...defined(attributes), ...labelled });
    }
    statements.note(record, plannedStatement(record));
  };
  return {
    name: "open-telemetry",
    kinds: measuredKinds,
    write: (records) => records.forEach(take),
  };
}

/**
 * Hands what happens to OpenTelemetry: operations become spans, records become metrics, with the names of the semantic
 * conventions for databases. Uses the API only; exporters and the SDK are the application's. The optional package
 * `@opentelemetry/api` must be installed.
 *
 * Throws `TELEMETRY.ENCODER_UNAVAILABLE {package}`.
 *
 * @example
 * const bridge = openTelemetry();
 * const telemetry = createTelemetry({ tracer: bridge.tracer, sinks: [bridge.sink] });
 * const session = await openSession(profile, { hooks: createHooks({ telemetry }) });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetryBridge {
  const { captureText = true, metricLabels = [] } = options;
  const api = openTelemetryApi();
  const tracer = options.tracer ?? api.trace.getTracer(scopeName);
  const meter = options.meter ?? api.metrics.getMeter(scopeName);
  return {
    tracer: spanTracer({ api, tracer, captureText }),
    sink: metricSink(meter, new Set(metricLabels)),
  };
}
