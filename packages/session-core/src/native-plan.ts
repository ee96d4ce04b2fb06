import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import { admitInside } from "./before-execute.ts";
import type { FrameNode } from "./frame-node.ts";
import type { NativePlan } from "./native-frame.ts";
import { planFingerprint, type SourcePlan } from "./plan-use.ts";
import { planningOnly } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/** Plans a frame for a native call through a handle of its session, whose interceptors are asked. */
export async function nativePlanIn(
  state: SessionState,
  node: FrameNode,
  options: AbortableOptions,
): Promise<NativePlan> {
  state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(state);
  return planningOnly(run, options, async () => {
    const planned = await node.planned(run, options);
    await admitInside({ state, run }, planned, options);
    const { handle, fields, feeds = [], parameters: parameterTypes } = planned;
    const sessionHash = state.identity.session;
    const fingerprintOf = (plan: SourcePlan): Fingerprint => planFingerprint({ ...plan, sessionHash, parameterTypes });
    return { handle, fields, feeds, fingerprintOf };
  });
}
