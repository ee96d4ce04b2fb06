import type { RunId } from "@deltafuse/config/brand";
import type { BodyOf } from "./record.ts";
import type { runRecord } from "./record-kinds.ts";

/** A run began or ended. */
export interface RunNotice {
  readonly kind: "run.started" | "run.finished";
  readonly runId: RunId;
  readonly label: string;
  /** What is recorded of it. */
  readonly run: BodyOf<typeof runRecord>;
}

/** A sink fell behind, or works again. */
export interface SinkNotice {
  readonly kind: "sink.degraded";
  /** Name of the sink. */
  readonly sink: string;
  /** `dropping`: its queue is full. `resumed`: it has written again after a pause or a loss. */
  readonly state: "paused" | "resumed" | "dropping";
  /** Records dropped since it was added, because its queue was full. */
  readonly dropped: number;
  /** Records lost since it was added, in writes that failed. */
  readonly lost: number;
}

/** What a `Telemetry` tells of itself, beside records. */
export type TelemetryNotice = RunNotice | SinkNotice;

/** Is told of notices. A run that ends waits for the promise; a throw or rejection is ignored. */
export type NoticeListener = (notice: TelemetryNotice) => void | Promise<void>;
