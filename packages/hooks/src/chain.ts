import { blindCast } from "@deltafuse/config/casts";
import { chainedListenersFailed } from "./errors.ts";
import { freezeWith } from "./frozen-payload.ts";
import type { Interception, Interceptor, PointInput, PointName, Replacement } from "./interceptors.ts";

/** A listener, as far as a chain is concerned. */
type AnyListener = (argument: never) => void | Promise<void>;

function present<F>(fns: readonly (F | undefined)[]): readonly F[] {
  return fns.filter((fn) => fn !== undefined);
}

function throwAll(failures: readonly unknown[]): void {
  if (failures.length > 0) throw chainedListenersFailed(failures);
}

async function settleAll(failures: readonly unknown[], promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  throwAll([...failures, ...results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))]);
}

/**
 * Makes one listener of several: they are called in order with the same argument; when some throw or reject, one
 * `AggregateError` is thrown after the last. What is undefined drops out; none left gives undefined, one gives itself.
 *
 * @example
 * hooks.on("query.finished", chainListeners(count, verbose ? print : undefined));
 */
export function chainListeners<F extends AnyListener>(...fns: readonly F[]): F;
export function chainListeners<F extends AnyListener>(...fns: readonly (F | undefined)[]): F | undefined;
export function chainListeners<F extends AnyListener>(...fns: readonly (F | undefined)[]): F | undefined {
  const listeners = present(fns);
  if (listeners.length < 2) return listeners[0];
  const all = (argument: never): void | Promise<void> => {
    const failures: unknown[] = [];
    const promises: Promise<void>[] = [];
    for (const listener of listeners) {
      try {
        const result = listener(argument);
        if (result !== undefined) promises.push(Promise.resolve(result));
      } catch (error) {
        failures.push(error);
      }
    }
    if (promises.length > 0) return settleAll(failures, promises);
    throwAll(failures);
  };
  return blindCast<F, "it takes what each of them takes">(all);
}

/** The limits of an answer stand over those before it, one by one; every other member is replaced as a whole. */
function over(before: object, after: object): object {
  const merged = { ...before, ...after };
  if (!("limits" in before && "limits" in after)) return merged;
  return { ...merged, limits: { ...toObject(before.limits), ...toObject(after.limits) } };
}

function toObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

/**
 * Makes one interceptor of several: each sees what those before it have replaced, the first veto or throw ends the chain,
 * and the answer is one combined `replace`. What is undefined drops out; none left gives undefined, one gives itself.
 *
 * @example
 * hooks.intercept("beforeWrite", chainInterceptors<"beforeWrite">(onlyBelow("/out"), addJobName));
 */
export function chainInterceptors<P extends PointName>(...fns: readonly Interceptor<P>[]): Interceptor<P>;
export function chainInterceptors<P extends PointName>(
  ...fns: readonly (Interceptor<P> | undefined)[]
): Interceptor<P> | undefined;
export function chainInterceptors<P extends PointName>(
  ...fns: readonly (Interceptor<P> | undefined)[]
): Interceptor<P> | undefined {
  const interceptors = present(fns);
  if (interceptors.length < 2) return interceptors[0];
  return async (first, context) => {
    let combined: object | undefined;
    let input = first;
    for (const interceptor of interceptors) {
      context.signal.throwIfAborted();
      const answer: Interception<P> = await interceptor(input, context);
      if (answer === undefined) continue;
      if (answer.replace === undefined) return answer;
      combined = over(combined ?? {}, answer.replace);
      input = blindCast<PointInput<P>, "what is no member is refused at the end">(
        freezeWith({}, over(first, combined)),
      );
    }
    if (combined === undefined) return undefined;
    return { replace: blindCast<Replacement<P>, "the replacements of the point, merged">(combined) };
  };
}
