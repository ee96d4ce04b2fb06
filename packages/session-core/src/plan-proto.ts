import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import type { PlannedFrame } from "./frame-node.ts";
import type { SessionState } from "./session-state.ts";

/** The optimised plan in the engine's own encoding, or why it cannot be encoded. */
export interface ProtoCapture {
  readonly bytes: Uint8Array | undefined;
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

/** The rest of the reply is what an artifact tells. */
const replySchema = z.looseObject({
  proto: z.optional(z.strictObject({ $buffer: z.int() })),
  protoRefusal: z.optional(z.strictObject({ code: z.string(), message: z.string() })),
});

/** Asks the engine for a planned frame in its own encoding; nothing is run. */
export async function readProto(
  state: SessionState,
  { handle }: Pick<PlannedFrame, "handle">,
  options: AbortableOptions,
): Promise<ProtoCapture> {
  const { body, buffers } = await state.call(
    { entrypoint: "frame.planArtifact", on: handle, request: { proto: true }, reply: replySchema },
    options,
  );
  const { proto, protoRefusal } = body;
  return { bytes: proto === undefined ? undefined : buffers[proto.$buffer], refusal: protoRefusal };
}
