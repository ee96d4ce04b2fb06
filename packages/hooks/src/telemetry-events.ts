import type { RunNotice, SinkNotice } from "@deltafuse/telemetry/telemetry-notice";
import type { HookEmitter } from "./emitter.ts";
import type { EventRows } from "./event-row.ts";
import { type RecordDraft, findingDraft } from "./record-draft.ts";

/** Payload of `run.started` and `run.finished`: the record of the run. */
export type RunPayload = RunNotice["run"];

/** Payload of `telemetry.degraded`. */
export type TelemetryDegradedPayload = Pick<SinkNotice, "sink" | "state" | "dropped" | "lost">;

const run = {
  action: "string",
  status: "string",
  appId: "string",
  started: "integer",
  queries: "integer",
  queriesFailed: "integer",
  writes: "integer",
  rowsRead: "integer",
  rowsWritten: "integer",
  bytesWritten: "integer",
  cacheHits: "integer",
  cacheMisses: "integer",
} as const;

/** Payloads of the events of telemetry itself. */
export interface TelemetryEvents {
  readonly "run.started": RunPayload;
  readonly "run.finished": RunPayload;
  readonly "telemetry.degraded": TelemetryDegradedPayload;
}

/** What the table says about the events of telemetry itself. */
export const telemetryEventRows: EventRows<TelemetryEvents> = {
  "run.started": {
    owner: "telemetry",
    fires: "a run was started or resumed",
    members: run,
  },
  "run.finished": {
    owner: "telemetry",
    fires: "a run was completed, failed, cancelled or abandoned",
    settling: true,
    members: run,
  },
  "telemetry.degraded": {
    owner: "telemetry",
    fires: "a sink was paused, resumed or dropped records",
    records: ["finding"],
    members: { sink: "string", state: "string", dropped: "integer", lost: "integer" },
  },
};

/** Records of `telemetry.degraded`. */
export function degradedRecords({ sink, state, dropped, lost }: TelemetryDegradedPayload): readonly RecordDraft[] {
  return [
    findingDraft({
      severity: state === "resumed" ? "info" : "warning",
      category: "telemetry",
      code: `SINK_${state.toUpperCase()}`,
      message: `The sink is ${state}; ${dropped + lost} records are lost so far.`,
      subject: sink,
      count: dropped + lost,
      details: { dropped, lost },
    }),
  ];
}

/** Emits what telemetry tells of its runs and sinks, until it is disposed. */
export function forwardNotices(hooks: HookEmitter): Disposable {
  return hooks.telemetry.onNotice((notice) => {
    if (notice.kind === "sink.degraded") {
      const { sink, state, dropped, lost } = notice;
      hooks.emit("telemetry.degraded", { sink, state, dropped, lost });
      return undefined;
    }
    const { runId, label } = notice;
    const ofRun = hooks.child({ runId, label });
    if (notice.kind === "run.finished") return ofRun.settle("run.finished", notice.run);
    ofRun.emit("run.started", notice.run);
    return undefined;
  });
}
