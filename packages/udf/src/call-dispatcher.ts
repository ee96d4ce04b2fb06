import { DeltaFuseError } from "@deltafuse/config/errors";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { batchDecoder } from "@deltafuse/session-core/batch-decoder";
import type { IpcBatch } from "@deltafuse/session-core/ipc-message";
import type { NativeBatch } from "@deltafuse/session-core/native-binding";
import type { NativeSession } from "@deltafuse/session-core/native-session";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import { storageType } from "./argument-storage.ts";
import { type CallFailure, failureMessage, threw } from "./call-failure.ts";
import { evaluator } from "./evaluation.ts";
import { resultEncoder } from "./result-column.ts";
import type { ScalarFunction } from "./scalar-function.ts";

/** One call of the engine: the argument columns in the batch layout. */
export interface NativeFunctionCall extends NativeBatch {
  /** Number of the call, unique in the process. */
  readonly id: number;
  /** Rows of the result. */
  readonly rows: number;
  /** Positions of arguments that are constant and therefore one row long. */
  readonly constants: readonly number[];
}

/** What the engine gets back, at once: a column, or the JSON of an error. */
export type NativeFunctionAnswer = IpcBatch | { readonly error: string };

/** Where a function is registered. */
export type FunctionSite = Pick<NativeSession, "hooks" | "callbackErrors">;

/**
 * The callback of a registered function: decodes the arguments, calls, encodes the result. It never throws: a failure is
 * answered, emitted as `function.failed`, and what was thrown is kept for the error of the query.
 */
export function callDispatcher(
  f: ScalarFunction,
  site: FunctionSite,
): (call: NativeFunctionCall) => NativeFunctionAnswer {
  const decoder = batchDecoder(f.args.map((field) => ({ ...field, type: storageType(field.type) })));
  const evaluate = evaluator(f);
  const results = resultEncoder(f);
  const argumentTypes = f.args.map((field) => formatTypeText(field.type));
  let calls = 0;
  const answer = (call: NativeFunctionCall): IpcBatch | CallFailure => {
    try {
      const { columns } = decoder.decode(call);
      const evaluated = evaluate({ columns, rows: call.rows, constants: call.constants });
      return "code" in evaluated ? evaluated : results.encode(evaluated.result, call.rows);
    } catch (error) {
      return threw(error, undefined);
    }
  };
  return (call) => {
    calls += 1;
    const answered = answer(call);
    if (!("code" in answered)) return answered;
    const { code, row, details, thrown } = answered;
    const batch = calls - 1;
    const rowDetail = row === undefined ? {} : { row };
    const error = new DeltaFuseError({
      code,
      message: failureMessage(f, batch, answered),
      details: { function: f.name, kind: f.kind, batch, rows: call.rows, ...rowDetail, argumentTypes, ...details },
      cause: thrown,
    });
    if (thrown !== undefined) site.callbackErrors.keep(call.id, thrown);
    site.hooks.emit("function.failed", { name: f.name, kind: f.kind, error: toErrorPayload(error), calls });
    return { error: JSON.stringify({ code, message: error.message, details: error.details }) };
  };
}
