import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import { nativeLeaf } from "./frame-leaf.ts";
import { frameNode } from "./frame-node.ts";
import { frameNodeOf, frameOf } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import type { NativeAnswer } from "./native-call.ts";
import { type FrameReply, handleOf, type NativeFrame, nativeSession } from "./native-session.ts";
import { nativePlanIn } from "./native-plan.ts";
import type { SourcePlan } from "./plan-use.ts";
import type { Session } from "./session.ts";
import { stateOf } from "./session-state.ts";

/**
 * A frame over a native frame, for packages that have entrypoints of their own: whatever replies with a frame becomes a
 * leaf of the frames of the session. The native frame lives as long as the frames made of it.
 */
export function frameFromNative(session: Session, answer: NativeAnswer<FrameReply>): Frame {
  const state = stateOf(nativeSession(session));
  return frameOf(frameNode(state, nativeLeaf({ handle: handleOf(answer), fields: answer.body.fields })));
}

/** A frame that is planned. */
export interface NativePlan extends NativeFrame {
  /** Fingerprint of its plan, given what the engine told of it when it ran. */
  fingerprintOf(plan: SourcePlan): Fingerprint;
}

/**
 * Plans a frame, asks the interceptors of `beforeExecute` and gives its native side, for requests that refer to it. The handle belongs to the frame: do not close it,
 * and keep the frame while it is in use. Rejects as the terminals of a frame do.
 */
export async function nativeFrameOf(frame: Frame, options: AbortableOptions = {}): Promise<NativePlan> {
  const node = frameNodeOf(frame);
  return nativePlanIn(node.state, node, options);
}
