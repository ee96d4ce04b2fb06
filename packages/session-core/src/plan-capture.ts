import type { AbortableOptions } from "@deltafuse/config/abort";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { z } from "zod";
import type { PlannedFrame } from "./frame-node.ts";
import type { QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/** Shape of the reply of `frame.explain`. */
export const explainSchema: z.ZodType<{ readonly text: string }> = z.strictObject({ text: z.string() });

/**
 * Emits the text of EXPLAIN when the policy of the run asks for it; EXPLAIN itself is not explained. The query goes on when
 * that fails.
 */
export async function capturePlan(
  { state, run }: { readonly state: SessionState; readonly run: QueryRun },
  { handle, statement }: PlannedFrame,
  { signal }: AbortableOptions,
): Promise<void> {
  if (!run.policy.explain || statement.statementKind === "explain" || !run.hooks.wants("plan.explained")) return;
  const request = { format: "indent", verbose: false, analyze: false } as const;
  const call = { entrypoint: "frame.explain", on: handle, request, reply: explainSchema } as const;
  try {
    const { body } = await state.call(call, signal === undefined ? {} : { signal });
    run.hooks.emit("plan.explained", { mode: "explain", format: "indent", sql: statement.sql, text: body.text });
  } catch (error) {
    signal?.throwIfAborted();
    const { code, message } = toErrorPayload(error);
    run.hooks.emit("session.warning", { code, message: `The plan could not be captured: ${message}` });
  }
}
