import { InternalError } from "@deltafuse/config/errors";
import type { EventMap } from "@deltafuse/hooks/events";
import * as z from "@deltafuse/config/zod";
import { nativeSession } from "./native-session.ts";
import { type LeaseOptions, leaseSession } from "./session-handle.ts";
import { type SessionState, stateOf } from "./session-state.ts";
import type { Session } from "./session.ts";

/** What a lease had changed. */
export type CleanedSession = EventMap["pool.released"]["cleaned"];

/** A session of a pool, and the way back to what it was when it was opened. */
export interface PoolSlot {
  readonly number: number;
  /** The session as it was opened; nobody works with it. */
  readonly base: Session;
  /** Another handle of it. */
  lend(options: LeaseOptions): Session;
  /** Refuses new work of a handle, stops what runs and waits for it. */
  retire(lease: Session): Promise<void>;
  /** Makes the session as it was, and verifies it. */
  restore(): Promise<CleanedSession>;
  close(): Promise<void>;
}

const checkpointSchema = z.strictObject({ id: z.string() });
const restoreSchema = z.strictObject({
  cleaned: z.strictObject({
    tables: z.int(),
    views: z.int(),
    functions: z.int(),
    prepared: z.int(),
    settings: z.int(),
  }),
  verified: z.boolean(),
});

/** Notes what a session is now that it is opened. When that fails, the session is closed. */
export async function openSlot(number: number, base: Session): Promise<PoolSlot> {
  const state = stateOf(nativeSession(base));
  try {
    const { body } = await state.call({ entrypoint: "session.checkpoint", reply: checkpointSchema });
    const restoreHere = state.checkpoint();
    return {
      number,
      base,
      lend: (options) => leaseSession(base, options),
      retire: (lease) => retire(stateOf(nativeSession(lease))),
      restore: async () => {
        const reply = await state.call({
          entrypoint: "session.restore",
          request: { id: body.id },
          reply: restoreSchema,
        });
        const { cleaned, verified } = reply.body;
        if (!verified) throw new InternalError("The session is not what it was before the lease");
        restoreHere();
        return cleaned;
      },
      close: () => base.close(),
    };
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** A call that was in flight may have opened another stream. */
async function retire(state: SessionState): Promise<void> {
  state.shut();
  do {
    await Promise.all([...state.streams].map((closeStream) => closeStream()));
    await state.idle();
  } while (state.streams.size > 0);
}
