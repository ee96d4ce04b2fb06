import type { SessionExtension } from "@deltafuse/session-core/extension";
import { registerFunction } from "./registry.ts";
import { type ScalarFunction, signatureOf } from "./scalar-function.ts";

/** What the extension brings into a session. */
export interface FunctionsOptions {
  /** Functions written in TypeScript, registered in this order. */
  readonly define: readonly ScalarFunction[];
}

/**
 * An extension that registers functions while a session is opened, before anything that may use them. Their signatures and
 * versions enter the session hash.
 *
 * @example
 * const session = await openSession(profile, { extensions: [functions({ define: [mask] })] });
 */
export function functions(options: FunctionsOptions): SessionExtension {
  const { define } = options;
  const signatures = define.map(signatureOf);
  return {
    id: "functions",
    version: 1,
    contribute: () => ({
      steps: [{ id: "functions.typescript", phase: "functions", spec: signatures }],
      identity: signatures,
    }),
    install: async (session, _step, abortable) => {
      for (const f of define) await registerFunction(session, f, abortable);
    },
  };
}
