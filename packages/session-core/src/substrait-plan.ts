import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import type { PlannedFrame } from "./frame-node.ts";
import type { PlanWarning } from "./plan-warning.ts";
import type { SessionState } from "./session-state.ts";

/** The optimised plan in Substrait; without bytes where it cannot be expressed, which the warnings explain. */
export interface SubstraitCapture {
  readonly bytes: Uint8Array | undefined;
  readonly warnings: readonly PlanWarning[];
}

/** The rest of the reply is what an artifact tells. */
const replySchema = z.looseObject({
  substrait: z.optional(z.strictObject({ $buffer: z.int() })),
  warnings: z._default(z.array(z.string()), []),
});

/** Asks the engine for a planned frame in Substrait; nothing is run. */
export async function readSubstrait(
  state: SessionState,
  { handle }: Pick<PlannedFrame, "handle">,
  options: AbortableOptions,
): Promise<SubstraitCapture> {
  const { body, buffers } = await state.call(
    { entrypoint: "frame.planArtifact", on: handle, request: { substrait: true }, reply: replySchema },
    options,
  );
  const { substrait, warnings } = body;
  return {
    bytes: substrait === undefined ? undefined : buffers[substrait.$buffer],
    warnings: warnings.map((message) => ({ code: "SUBSTRAIT", message })),
  };
}
