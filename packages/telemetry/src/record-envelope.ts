import { blindCast } from "@deltafuse/config/casts";
import type { Microseconds } from "./clock.ts";
import type { ExecutionContext } from "./execution-scope.ts";
import type { RecordBody, RecordContext, RecordDefinition, RecordFacts } from "./record.ts";

/** What an envelope is filled from. */
export interface EnvelopeParts {
  readonly seq: number;
  readonly time: Microseconds;
  /** What the writer states; it wins. */
  readonly context: RecordContext;
  /** What holds around the writer. */
  readonly scope: ExecutionContext;
}

function stated<T>(given: T | null | undefined, around: T | undefined): T | null {
  return given === undefined ? (around ?? null) : given;
}

/** Puts a body into its envelope. */
export function recordFacts({ kind, version }: RecordDefinition, body: object, parts: EnvelopeParts): RecordFacts {
  const { seq, time, context, scope } = parts;
  const trace = stated(context.trace, scope.trace);
  const tags = stated(context.tags, Object.keys(scope.tags).length === 0 ? undefined : scope.tags);
  return {
    kind,
    version,
    time,
    seq,
    sessionId: stated(context.sessionId, scope.sessionId),
    runId: stated(context.runId, scope.runId),
    queryId: stated(context.queryId, scope.queryId),
    label: stated(context.label, scope.label),
    // The owner of the tags may go on to change them.
    tags: tags === null || Object.isFrozen(tags) ? tags : { ...tags },
    traceId: trace?.traceId ?? null,
    spanId: trace?.spanId ?? null,
    body: blindCast<RecordBody, "a valid body; absent columns become null when it is redacted">(body),
  };
}
