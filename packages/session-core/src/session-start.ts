import type { Profile } from "@deltafuse/config/profile";
import { planInstall } from "./install-plan.ts";
import { loadNativeLibrary } from "./native-library.ts";
import { ownMachine } from "./own-machine.ts";
import { sessionHooks } from "./session-hooks.ts";
import { buildSession } from "./session-opening.ts";
import type { OpenSessionOptions, Session } from "./session.ts";

/** Plans, builds and installs a session of its own, or that of a slot of a pool, by its number. */
export async function startSession(
  profile: Profile,
  options: OpenSessionOptions,
  poolSlot: number | null,
): Promise<Session> {
  const { extensions = [], caches, env, machine = ownMachine(), signal } = options;
  signal?.throwIfAborted();
  const plan = planInstall(profile, extensions, { machine, ...(env === undefined ? {} : { env }) });
  const library = await loadNativeLibrary();
  const own = sessionHooks();
  const hooks = await own.of(options);
  const blueprint = { plan, library, extensions, hooks, ended: () => own.close(), shared: false, poolSlot, caches };
  const { handle } = await buildSession(blueprint, signal === undefined ? {} : { signal });
  return handle.session;
}
