import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import type { Expression } from "@deltafuse/session-core/expression";
import { treeExpression } from "@deltafuse/session-core/expression-tree";
import type { ClaimResult, StatementClaim } from "@deltafuse/session-core/extension";
import type { Frame } from "@deltafuse/session-core/frame";
import type { ExpressionNode } from "@deltafuse/session-core/frame-plan";
import { nameText } from "@deltafuse/session-core/object-name";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { deleteRows } from "./delete.ts";
import { type MergeSpec, mergeTable } from "./merge.ts";
import { writeTable } from "./write.ts";

const table = z.array(z.string());
const node = z.custom<ExpressionNode>((value) => typeof value === "object" && value !== null && "e" in value);
const nodes = z.record(z.string(), node);
const clause = z.strictObject({
  action: z.enum(["update", "insert", "delete"]),
  when: z.nullish(node),
  set: z.exactOptional(nodes),
  values: z.exactOptional(nodes),
});
const clauses = z.nullish(z.array(clause));

const mergeSchema = z.strictObject({
  on: node,
  sourceAlias: z.null(),
  targetAlias: z.null(),
  whenMatched: clauses,
  whenNotMatched: clauses,
  whenNotMatchedBySource: clauses,
  commit: z.null(),
});

/** What the native module asks for. */
const requestSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("insert"), table, overwrite: z.boolean() }),
  z.strictObject({ command: z.literal("delete"), table, where: z.nullable(node) }),
  z.strictObject({ command: z.literal("change"), table, verb: z.string(), merge: mergeSchema }),
  z.strictObject({ command: z.literal("merge"), table, merge: mergeSchema }),
]);

/**
 * Performs INSERT as `writeTable`, DELETE and TRUNCATE as `deleteRows`, and MERGE, UPDATE and a DELETE that looks at other
 * rows as `mergeTable`, on the dataset of that name. Rejects as those do.
 */
export async function runClaimed(
  session: Session,
  { request, source }: StatementClaim,
  run: ProgressOptions,
): Promise<ClaimResult> {
  const asked = requestSchema.parse(request);
  const target = { dataset: nameText(asked.table) };
  if (asked.command === "delete") {
    const where = asked.where === null ? "" : treeExpression(asked.where);
    const { metrics } = await deleteRows(session, target, { where, ...run });
    return counted(metrics.rowsDeleted ?? 0);
  }
  if (source === undefined) throw new InternalError(`${asked.command} was claimed without its rows`);
  if (asked.command === "merge" || asked.command === "change") {
    const counts = await merged(session, { target, source, merge: asked.merge }, run);
    return asked.command === "merge" ? { rowsAffected: counts.affected, counts } : counted(counts.affected);
  }
  const mode = asked.overwrite ? "overwrite" : "append";
  const { metrics } = await writeTable(session, target, { source, mode, ...run });
  return counted(metrics.rowsWritten ?? 0);
}

function counted(count: number): ClaimResult {
  return { rowsAffected: count, counts: { count } };
}

interface ClaimedMerge {
  readonly target: { readonly dataset: string };
  readonly source: Frame;
  readonly merge: z.infer<typeof mergeSchema>;
}

/** Rows that a merge changed. */
type MergeCounts = Readonly<Record<"affected" | "inserted" | "updated" | "deleted", number>>;

async function merged(
  session: Session,
  { target, source, merge }: ClaimedMerge,
  run: ProgressOptions,
): Promise<MergeCounts> {
  const { on, whenMatched, whenNotMatched, whenNotMatchedBySource } = merge;
  const spec = {
    source,
    on: treeExpression(on),
    ...run,
    ...(whenMatched ? { whenMatched: whenMatched.map(clauseOf) } : {}),
    ...(whenNotMatched ? { whenNotMatched: whenNotMatched.map(clauseOf) } : {}),
    ...(whenNotMatchedBySource ? { whenNotMatchedBySource: whenNotMatchedBySource.map(clauseOf) } : {}),
  };
  const given = blindCast<MergeSpec, "mergeTable reads clauses strictly">(spec);
  const { metrics } = await mergeTable(session, target, given);
  const { rowsInserted, rowsUpdated, rowsDeleted } = metrics;
  const [inserted, updated, deleted] = [rowsInserted ?? 0, rowsUpdated ?? 0, rowsDeleted ?? 0];
  return { affected: inserted + updated + deleted, inserted, updated, deleted };
}

function expressions(values: Readonly<Record<string, ExpressionNode>>): Readonly<Record<string, Expression>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, treeExpression(value)]));
}

/** A clause as mergeTable takes it. */
function clauseOf({ action, when, set, values }: z.infer<typeof clause>): object {
  return {
    action,
    ...(when ? { when: treeExpression(when) } : {}),
    ...(set === undefined ? {} : { set: expressions(set) }),
    ...(values === undefined ? {} : { values: expressions(values) }),
  };
}
