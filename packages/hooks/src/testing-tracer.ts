import type { NativeSpan, OperationEnd, OperationStart, OperationTracer } from "@deltafuse/telemetry/operation-tracer";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { createHooks } from "./hooks.ts";
import type { HookEmitter } from "./emitter.ts";

/** An operation as a tracer is told of it. */
export interface ToldOperation {
  readonly name: string;
  readonly kind: OperationStart["kind"];
  readonly spanId: string;
  /** Span id of the operation around. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Absent while it runs. */
  readonly status?: OperationEnd["status"];
  /** Code of the error of a failure. */
  readonly error?: string;
  readonly nativeSpans?: readonly NativeSpan[];
}

/** Hooks whose tracer keeps what it is told. */
export interface TracingHooks {
  readonly hooks: HookEmitter;
  /** In the order of their beginning. */
  readonly operations: () => readonly ToldOperation[];
}

const traceId = "0af7651916cd43dd8448eb211c80319c";

/** Makes hooks that keep the operations of the sessions opened with them, for tests. All are of one sampled trace. */
export function tracingHooks(): TracingHooks {
  const told: ToldOperation[] = [];
  const tracer: OperationTracer = {
    start({ name, kind, parent, attributes = {} }) {
      const at = told.length;
      const spanId = (at + 1).toString(16).padStart(16, "0");
      const change = (members: Partial<ToldOperation>): void => {
        const operation = told[at];
        if (operation !== undefined) told[at] = { ...operation, ...members };
      };
      told.push({ name, kind, spanId, parent: parent?.spanId, attributes: stated(attributes) });
      return {
        trace: { traceId, spanId, sampled: true },
        recording: true,
        setAttributes: (added) => change({ attributes: { ...told[at]?.attributes, ...stated(added) } }),
        addEvent: () => undefined,
        end: ({ status, error, nativeSpans = [] }) => {
          if (told[at]?.status !== undefined) return;
          change({ status, ...(error === undefined ? {} : { error }), nativeSpans });
        },
      };
    },
  };
  return {
    hooks: createHooks({ telemetry: createTelemetry({ tracer, validate: "throw" }) }),
    operations: () => [...told],
  };
}

function stated(attributes: NonNullable<OperationStart["attributes"]>): ToldOperation["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
