import { z } from "zod";
import type { PlannedFrame } from "./frame-node.ts";
import type { ExplainOptions } from "./frame.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { SessionState } from "./session-state.ts";

const replySchema = z.strictObject({ text: z.string() });

/** Asks the engine for the text of EXPLAIN of a planned frame. */
export async function explainText(
  { state, planned }: { readonly state: SessionState; readonly planned: PlannedFrame },
  { format = "indent", verbose = false, analyze = false }: Omit<ExplainOptions, "signal">,
  options: ProgressOptions,
): Promise<string> {
  const request = { format, verbose, analyze };
  const { body } = await state.call(
    { entrypoint: "frame.explain", on: planned.handle, request, reply: replySchema },
    options,
  );
  return body.text;
}
