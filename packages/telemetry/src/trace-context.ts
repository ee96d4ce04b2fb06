/** A position in a trace, as W3C Trace Context carries it between programs. */
export interface TraceContext {
  /** 32 hex digits, lower case. */
  readonly traceId: string;
  /** 16 hex digits, lower case. */
  readonly spanId: string;
  /** Whether the trace is kept. */
  readonly sampled: boolean;
  /** What tracing systems pass along. */
  readonly tracestate?: string;
}

/** Version `ff`, ids of zeros, and fields behind those of version `00` are malformed. */
const header =
  /^(?!ff)(?!00-.{52}-)[0-9a-f]{2}-(?!0+-)(?<traceId>[0-9a-f]{32})-(?!0+-)(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-.*)?$/;
const maxStateLength = 512;

/**
 * Reads the header `traceparent` of W3C Trace Context: version `00`, and of later versions the fields that version `00` has.
 * What is malformed gives undefined, so that a new trace starts; never an error.
 *
 * @param traceparent - The header.
 * @param tracestate - The header beside it, passed along unread; one of more than 512 characters is left out.
 *
 * @example
 * parseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?.sampled; // true
 * parseTraceparent("nonsense"); // undefined
 */
export function parseTraceparent(traceparent: string, tracestate?: string): TraceContext | undefined {
  const { traceId, spanId, flags } = header.exec(traceparent)?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  const passed = tracestate === undefined || tracestate.length > maxStateLength ? {} : { tracestate };
  return Object.freeze({ traceId, spanId, sampled, ...passed });
}

/**
 * Writes the header `traceparent` of W3C Trace Context, version `00`.
 *
 * @example
 * formatTraceparent({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true });
 * // "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
 */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
