import { diagnosticHooks } from "@deltafuse/hooks/diagnostic-hooks";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { createHooks } from "@deltafuse/hooks/hooks";
import type { OpenSessionOptions } from "./session.ts";

type HookOptions = Pick<OpenSessionOptions, "hooks" | "env">;

/** The hooks of sessions whose program brings none: one set for each value of `DELTAFUSE_DIAGNOSTICS`. */
export interface SessionHooks {
  /** The given hooks, else some whose records go where the diagnostics of `env` say, else into memory. */
  of(options: HookOptions): HookEmitter | Promise<HookEmitter>;
  /** The same at once: diagnostics that no call of `of` has opened yet leave the records in memory. */
  opened(options: HookOptions): HookEmitter;
  /** Hands what was recorded to the sinks, and closes them. */
  close(): Promise<void>;
}

/** Makes what opens hooks and closes those that it has opened. */
export function sessionHooks(): SessionHooks {
  const opening = new Map<string, Promise<HookEmitter>>();
  const open = new Map<string, HookEmitter>();
  const make = async (diagnostics: string): Promise<HookEmitter> => {
    const made = await diagnosticHooks(diagnostics);
    open.set(diagnostics, made);
    return made;
  };
  const of = ({ hooks, env }: HookOptions): HookEmitter | Promise<HookEmitter> => {
    if (hooks !== undefined) return hooks;
    if (env?.diagnostics === undefined) return createHooks();
    const made = opening.get(env.diagnostics) ?? make(env.diagnostics);
    opening.set(env.diagnostics, made);
    return made;
  };
  return {
    of,
    opened: ({ hooks, env }) => hooks ?? open.get(env?.diagnostics ?? "") ?? createHooks(),
    async close() {
      await Promise.allSettled(opening.values());
      await Promise.all([...open.values()].map((made) => made.telemetry.close()));
    },
  };
}
