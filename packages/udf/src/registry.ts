import type { AbortableOptions } from "@deltafuse/config/abort";
import { nativeSession } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import * as z from "@deltafuse/config/zod";
import { callDispatcher } from "./call-dispatcher.ts";
import type { ScalarFunction } from "./scalar-function.ts";

/** How a function is registered. */
export interface RegisterOptions extends AbortableOptions {
  /** Whether it takes the place of a TypeScript function of that name; running queries keep the old one. Default: false. */
  readonly replace?: boolean;
}

const replySchema = z.strictObject({ signatureHash: z.string(), replaced: z.boolean() });

/**
 * Makes a function callable in the SQL and the frames of a session, under its name. It runs on the thread that calls this.
 * A registered function does not keep the process alive. Emits `function.registered`.
 *
 * Rejects with `UDF.ALREADY_EXISTS` without `replace`, `UDF.NAME_CONFLICT` when the engine has a function of that name,
 * `SESSION.CLOSED`, and the `HOOKS.*` codes of interceptors of `beforeFunction`. Queries that call it reject with `UDF.CALLBACK_FAILED {function, kind, batch, rows, row?,
 * argumentTypes, callId}` whose cause is what the function threw, `UDF.RESULT_LENGTH {expected, given}`,
 * `UDF.RESULT_TYPE {type, actual}`, `UDF.UNEXPECTED_PROMISE`, `UDF.TIMEOUT` or `UDF.CLOSED`.
 *
 * @example
 * await registerFunction(session, mask);
 * await session.sql("SELECT mask(name) FROM people").rows();
 */
export async function registerFunction(
  session: Session,
  f: ScalarFunction,
  options: RegisterOptions = {},
): Promise<void> {
  const { replace = false, signal } = options;
  const native = nativeSession(session);
  const { name, kind, volatility, nulls, version, batchSize, timeoutMs } = f;
  const run = signal === undefined ? {} : { signal };
  const inputs = f.args.map((field) => ({ name: field.name, type: formatTypeText(field.type) }));
  const returns = formatTypeText(f.returns.type);
  const signature = `${name}(${inputs.map((input) => `${input.name} ${input.type}`).join(", ")}) ${returns}`;
  const question = { action: "create", name, kind, origin: "typescript", signature, volatility } as const;
  await native.hooks.ask("beforeFunction", question, run);
  const { body } = await native.call(
    {
      entrypoint: "session.registerFunction",
      request: {
        name,
        arguments: inputs,
        returns,
        volatility,
        nulls,
        version,
        batchSize,
        timeoutMs,
        replace,
      },
      callback: callDispatcher(f, native),
      reply: replySchema,
      durable: true,
    },
    run,
  );
  const { signatureHash: hash, replaced } = body;
  native.addFunction(name, hash);
  native.hooks.emit("function.registered", { name, kind, origin: "typescript", version, replaced, hash });
}
