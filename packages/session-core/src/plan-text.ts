import { InternalError } from "@deltafuse/config/errors";
import * as z from "@deltafuse/config/zod";
import type { ExplainNodesOptions, ExplainOptions, PlanNode } from "./explain.ts";
import type { PlannedFrame } from "./frame-node.ts";
import type { ToSqlOptions } from "./frame.ts";
import type { TraceOptions, TraceStep } from "./optimizer-trace.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { SessionState } from "./session-state.ts";

const nodeSchema = z.strictObject({
  id: z.int(),
  parent: z.nullable(z.int()),
  operator: z.string(),
  properties: z.array(z.tuple([z.string(), z.string()])),
  rows: z.nullable(z.int()),
  partitions: z.int(),
  orderings: z.array(z.string()),
});

const replySchema = z.strictObject({ text: z.nullable(z.string()), nodes: z.nullable(z.array(nodeSchema)) });

/** A frame that is planned, and where. */
export interface PlannedSite {
  readonly state: SessionState;
  readonly planned: PlannedFrame;
}

async function explained(
  { state, planned }: PlannedSite,
  how: ExplainOptions | ExplainNodesOptions,
  options: ProgressOptions,
): Promise<z.infer<typeof replySchema>> {
  const { signal: _signal, onProgress: _onProgress, ...request } = how;
  const { body } = await state.call(
    { entrypoint: "frame.explain", on: planned.handle, request: { ...request }, reply: replySchema },
    options,
  );
  return body;
}

/** Asks the engine for the text of EXPLAIN of a planned frame. */
export async function explainText(site: PlannedSite, how: ExplainOptions, options: ProgressOptions): Promise<string> {
  const { text } = await explained(site, how, options);
  if (text === null) throw new InternalError("EXPLAIN gave no text");
  return text;
}

/** Asks the engine for the physical plan of a planned frame. */
export async function explainNodes(site: PlannedSite, options: ProgressOptions): Promise<PlanNode> {
  const { nodes } = await explained(site, { format: "nodes" }, options);
  const root = nodes === null ? undefined : planTree(nodes, 0);
  if (root === undefined) throw new InternalError("EXPLAIN gave no operators");
  return root;
}

function planTree(nodes: readonly z.infer<typeof nodeSchema>[], at: number): PlanNode | undefined {
  const own = nodes[at];
  if (own === undefined) return undefined;
  const { parent: _parent, rows, properties, ...same } = own;
  return {
    ...same,
    ...(rows === null ? {} : { rows }),
    properties: Object.fromEntries(properties),
    children: nodes.flatMap(({ id, parent }) => (parent === at ? (planTree(nodes, id) ?? []) : [])),
  };
}

const toSqlReply = z.strictObject({ sql: z.string() });

/** Asks the engine for the SQL of a planned frame. */
export async function sqlText(
  { state, planned }: PlannedSite,
  dialect: NonNullable<ToSqlOptions["dialect"]>,
  options: ProgressOptions,
): Promise<string> {
  const { body } = await state.call(
    { entrypoint: "frame.toSql", on: planned.handle, request: { dialect }, reply: toSqlReply },
    options,
  );
  return body.sql;
}

const traceReply = z.strictObject({
  steps: z.array(
    z.strictObject({
      phase: z.enum(["analyzer", "optimizer", "physical"]),
      pass: z.int(),
      ordinal: z.int(),
      rule: z.string(),
      changed: z.boolean(),
      digest: z.string(),
      text: z.exactOptional(z.string()),
      durationNs: z.int(),
    }),
  ),
});

/** Asks the engine what each rule of the planner makes of a planned frame. */
export async function traceSteps(
  { state, planned }: PlannedSite,
  how: TraceOptions,
  options: ProgressOptions,
): Promise<readonly TraceStep[]> {
  const { signal: _signal, ...request } = how;
  const { body } = await state.call(
    { entrypoint: "frame.optimizerTrace", on: planned.handle, request: { ...request }, reply: traceReply },
    options,
  );
  return body.steps;
}
