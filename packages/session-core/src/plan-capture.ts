import type { AbortableOptions } from "@deltafuse/config/abort";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { PlannedFrame } from "./frame-node.ts";
import { explainText } from "./plan-text.ts";
import type { QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/**
 * Emits the text of EXPLAIN when the policy of the run asks for it; EXPLAIN itself is not explained. The query goes on when
 * that fails.
 */
export async function capturePlan(
  { state, run }: { readonly state: SessionState; readonly run: QueryRun },
  planned: PlannedFrame,
  { signal }: AbortableOptions,
): Promise<void> {
  const { statement } = planned;
  if (!run.policy.explain || statement.statementKind === "explain" || !run.hooks.wants("plan.explained")) return;
  try {
    const text = await explainText({ state, planned }, { format: "indent" }, signal === undefined ? {} : { signal });
    run.hooks.emit("plan.explained", { mode: "explain", format: "indent", sql: statement.sql, text });
  } catch (error) {
    signal?.throwIfAborted();
    const { code, message } = toErrorPayload(error);
    run.hooks.emit("session.warning", { code, message: `The plan could not be captured: ${message}` });
  }
}
