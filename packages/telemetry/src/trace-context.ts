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
