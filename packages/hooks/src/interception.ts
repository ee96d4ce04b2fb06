import type { AbortableOptions } from "@deltafuse/config/abort";
import { blindCast } from "@deltafuse/config/casts";
import type { AmbientScope } from "./ambient-scope.ts";
import { waitAtMost } from "./bounded-wait.ts";
import {
  interceptorFailed,
  interceptorTimeout,
  invalidReplacement,
  nestedTooDeep,
  unknownPoint,
  vetoed,
} from "./errors.ts";
import type { EventMap } from "./events.ts";
import { freezeWith } from "./frozen-payload.ts";
import type { InterceptorOptions } from "./hooks.ts";
import {
  type Interception,
  type InterceptionContext,
  type Interceptor,
  type PointInput,
  type PointName,
  type Veto,
  pointTable,
} from "./interceptors.ts";
import { replaceMembers } from "./replacement.ts";

/** An interceptor that was added. */
export interface PlacedInterceptor {
  readonly name: string;
  readonly point: PointName;
  readonly call: Interceptor<PointName>;
  readonly order: number;
  readonly timeoutMs: number;
}

const defaultTimeoutMs = 10_000;
const maxNesting = 4;

/** Checks what `intercept` was called with. Throws `HOOKS.UNKNOWN_POINT`. */
export function interceptorOf<P extends PointName>(
  point: P,
  interceptor: Interceptor<P>,
  { order = 0, timeoutMs = defaultTimeoutMs }: InterceptorOptions,
): Omit<PlacedInterceptor, "name"> {
  if (!Object.hasOwn(pointTable, point)) throw unknownPoint(point);
  const call = blindCast<Interceptor<PointName>, "it is called with the questions of its point">(interceptor);
  return { point, call, order, timeoutMs };
}

/** Those of one point in the order they are asked: by `order`, then as they were added. */
export function interceptorsFor(point: PointName, placed: readonly PlacedInterceptor[]): readonly PlacedInterceptor[] {
  return placed.filter((one) => one.point === point).toSorted((a, b) => a.order - b.order);
}

/** A question and who answers it. */
export interface Question<P extends PointName> extends AbortableOptions {
  readonly point: P;
  readonly input: PointInput<P>;
  /** In the order they are asked. */
  readonly interceptors: readonly PlacedInterceptor[];
  readonly context: Omit<InterceptionContext, "signal">;
  readonly ambient: AmbientScope;
  /** Told of a veto before it is thrown. */
  readonly onVeto: (veto: EventMap["interceptor.vetoed"]) => void;
}

/**
 * Asks interceptors, strictly one after another; each sees what those before it have replaced. Inside an interceptor its
 * point is not asked again.
 *
 * @returns What was asked about, the very object where nothing was replaced.
 *
 * Rejects with `HOOKS.VETOED`, `HOOKS.INTERCEPTOR_FAILED`, `HOOKS.INTERCEPTOR_TIMEOUT`, `HOOKS.INVALID_REPLACEMENT`,
 * `HOOKS.REENTRANCY_LIMIT`, and with the signal's reason, which wins.
 */
export async function askInterceptors<P extends PointName>(question: Question<P>): Promise<PointInput<P>> {
  const { point, interceptors, ambient } = question;
  const { serving } = ambient.current();
  if (serving.includes(point)) return question.input;
  if (serving.length >= maxNesting) throw nestedTooDeep(maxNesting, point);
  const given = blindCast<PointInput<P>, "a frozen copy of it">(freezeWith({}, question.input));
  let input = given;
  for (const interceptor of interceptors) {
    const answer = await answerOf(question, interceptor, input);
    if (answer === undefined) continue;
    const at = { point, interceptor: interceptor.name };
    if (isVeto(answer)) throw refusal(question, at, answer);
    const { replace } = blindCast<{ readonly replace?: unknown }, "checked next">(answer ?? {});
    const replaced = replaceMembers(point, input, replace);
    if ("problem" in replaced) throw invalidReplacement({ ...at, ...replaced.problem });
    input = replaced.input;
  }
  return input === given ? question.input : input;
}

/** The signal of one interceptor, made when it is read: most are done before anything could abort. */
class SeenSignal {
  readonly #caller: AbortSignal | undefined;
  #ended: AbortController | undefined;
  #seen: AbortSignal | undefined;

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller;
  }

  read(): AbortSignal {
    this.#ended ??= new AbortController();
    const ended = this.#ended.signal;
    this.#seen ??= this.#caller === undefined ? ended : AbortSignal.any([this.#caller, ended]);
    return this.#seen;
  }

  end(reason: Error): void {
    this.#ended ??= new AbortController();
    this.#ended.abort(reason);
  }
}

/** The answer of one interceptor; one that is there at once is not waited for. */
async function answerOf<P extends PointName>(
  { point, context, ambient, signal }: Question<P>,
  interceptor: PlacedInterceptor,
  input: PointInput<P>,
): Promise<Interception<P> | null> {
  signal?.throwIfAborted();
  const { name, call, timeoutMs } = interceptor;
  const seen = new SeenSignal(signal);
  const asked = Object.freeze({
    ...context,
    get signal() {
      return seen.read();
    },
  });
  const serving = [...ambient.current().serving, point];
  let answer: unknown;
  let inTime = true;
  try {
    answer = ambient.with({ serving }, () => call(input, asked));
    if (isPromiseLike(answer)) {
      const waited = Promise.resolve(answer);
      waited.catch(() => undefined);
      inTime = await waitAtMost(waited, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
      answer = waited;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw interceptorFailed({ point, interceptor: name }, error);
  }
  signal?.throwIfAborted();
  if (inTime) return blindCast<Interception<P> | null, "what it is is looked at by its members">(await answer);
  const late = interceptorTimeout({ point, interceptor: name, timeoutMs });
  seen.end(late);
  throw late;
}

function isPromiseLike(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}

function isVeto(answer: unknown): answer is Veto {
  return typeof answer === "object" && answer !== null && "veto" in answer && answer.veto !== undefined;
}

/** What an operation is about, for the event of a veto; never the text of a statement. */
function targetOf(input: PointInput<PointName>): string | null {
  if ("target" in input) return input.target;
  if ("name" in input) return input.name;
  return "summary" in input ? input.summary : null;
}

function refusal<P extends PointName>(
  { input, onVeto }: Question<P>,
  at: { readonly point: PointName; readonly interceptor: string },
  { veto: { reason, details } }: Veto,
): Error {
  onVeto({ ...at, reason, target: targetOf(input) });
  return vetoed({ ...at, reason, details });
}
