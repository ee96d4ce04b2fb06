import * as z from "@deltafuse/config/zod";
import { admitInside, noBounds } from "./before-execute.ts";
import type { ExplainNodesOptions, ExplainOptions, PlanNode } from "./explain.ts";
import type { FrameNode } from "./frame-node.ts";
import { planFrame } from "./frame-terminal.ts";
import type { TraceOptions, TraceStep } from "./optimizer-trace.ts";
import { explainNodes, explainText, traceSteps } from "./plan-text.ts";
import type { FilterPushdown } from "./pushdown.ts";
import { openQuery, type QueryOptions } from "./query-open.ts";
import type { QueryProfile } from "./query-profile.ts";
import { whileFeeding } from "./table-feed.ts";

/** `explain`. */
export async function frameExplain(
  node: FrameNode,
  how: ExplainOptions | ExplainNodesOptions,
  options: QueryOptions,
): Promise<string | PlanNode> {
  const { state } = node;
  if (how.format === "nodes") return explainNodes({ state, planned: await planFrame(node, options) }, options);
  const planned = await planFrame(node, options, async (frame, run) => {
    if (how.analyze === true) await admitInside({ state, run }, frame, options);
  });
  const explain = (): Promise<string> => explainText({ state, planned }, how, options);
  return how.analyze === true ? whileFeeding(planned.feeds ?? [], explain) : explain();
}

/** `profile`. */
export async function frameProfile(node: FrameNode, options: QueryOptions): Promise<QueryProfile> {
  const stream = await openQuery(node, options, { bounds: noBounds, atOnce: true, details: true });
  const failure = await stream.drained();
  const profile = await stream.profile();
  if (failure === null || profile.status === "failed" || profile.status === "cancelled") return profile;
  throw failure.error;
}

/** `optimizerTrace`. */
export async function frameTrace(
  node: FrameNode,
  how: TraceOptions,
  options: QueryOptions,
): Promise<readonly TraceStep[]> {
  const planned = await planFrame(node, options);
  return traceSteps({ state: node.state, planned }, how, options);
}

const pushdownSchema = z.strictObject({
  filters: z.array(
    z.strictObject({
      table: z.string(),
      filter: z.string(),
      support: z.enum(["exact", "inexact", "unsupported"]),
      inScan: z.boolean(),
      residual: z.boolean(),
      verdict: z.enum(["satisfied", "redundant_residual", "missing_residual", "lost"]),
    }),
  ),
});

/** `pushdown`. */
export async function framePushdown(node: FrameNode, options: QueryOptions): Promise<readonly FilterPushdown[]> {
  const { handle } = await planFrame(node, options);
  const { body } = await node.state.call(
    { entrypoint: "frame.probePushdown", on: handle, request: {}, reply: pushdownSchema },
    options,
  );
  return body.filters;
}
