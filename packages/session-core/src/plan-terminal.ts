import * as z from "@deltafuse/config/zod";
import { admitInside, noBounds } from "./before-execute.ts";
import type { ExplainNodesOptions, ExplainOptions, PlanNode } from "./explain.ts";
import type { FrameNode } from "./frame-node.ts";
import { planFrame } from "./frame-terminal.ts";
import type { ArtifactOptions, SubstraitPlan, ToSqlOptions } from "./frame.ts";
import { type Lineage, readLineage } from "./lineage.ts";
import type { TraceOptions, TraceStep } from "./optimizer-trace.ts";
import { type PlanArtifact, planArtifact, readPlan } from "./plan-artifact.ts";
import { withCaptures } from "./plan-captures.ts";
import { substraitUnsupported } from "./plan-errors.ts";
import { retainedCaptures, retainedTexts } from "./plan-retention.ts";
import { planSession } from "./plan-session.ts";
import { explainNodes, explainText, sqlText, traceSteps } from "./plan-text.ts";
import type { FilterPushdown } from "./pushdown.ts";
import { openQuery, type QueryOptions } from "./query-open.ts";
import type { QueryProfile } from "./query-profile.ts";
import type { QueryRun } from "./query-run.ts";
import { readSubstrait } from "./substrait-plan.ts";
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

/** `toSql`. */
export async function frameSql(node: FrameNode, how: ToSqlOptions, options: QueryOptions): Promise<string> {
  const planned = await planFrame(node, options);
  return sqlText({ state: node.state, planned }, how.dialect ?? "datafusion", options);
}

/** `artifact`. */
export async function frameArtifact(
  node: FrameNode,
  how: ArtifactOptions,
  options: QueryOptions,
): Promise<PlanArtifact> {
  const { state } = node;
  let run: QueryRun | undefined;
  const planned = await planFrame(node, options, (_frame, ownRun) => {
    run = ownRun;
    return Promise.resolve();
  });
  const plan = await readPlan(state, planned, { ...options, physical: how.stages?.includes("p2") === true });
  const { engine } = state.contract;
  const { parameters, timings } = planned;
  const made = { sessionHash: state.identity.session, session: planSession(state), engine };
  const artifact = planArtifact(plan, { ...made, parameters, timings });
  const captured = await withCaptures(artifact, { state, planned, node, run }, { how: retainedCaptures(how), options });
  return retainedTexts(captured, how.retain);
}

/** `lineage`. */
export async function frameLineage(node: FrameNode, options: QueryOptions): Promise<Lineage> {
  return readLineage(node.state, await planFrame(node, options), options);
}

/** `toSubstrait`. */
export async function frameSubstrait(node: FrameNode, options: QueryOptions): Promise<SubstraitPlan> {
  const planned = await planFrame(node, options);
  const { bytes, warnings } = await readSubstrait(node.state, planned, options);
  if (bytes === undefined) throw substraitUnsupported(warnings.map(({ message }) => message).join(" "));
  return { bytes, warnings };
}
