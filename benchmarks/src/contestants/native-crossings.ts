import { blindCast } from "@deltafuse/config/casts";
import type { NativeAttached, NativeBatch, NativeReply } from "@deltafuse/session-core/native-binding";
import type { Crossings } from "../contestant.ts";

type Method = (...args: readonly unknown[]) => unknown;

/** How often a stream is asked depends on whether it knew in time that a batch was its last: batches are counted instead. */
const uncounted: ReadonlySet<string> = new Set(["constructor", "next"]);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Counts what crosses, by methods that it puts in the place of those of native classes. */
class CrossingWatch {
  readonly #classes = new Map<object, PropertyDescriptorMap>();
  #calls = 0;
  #callbacks = 0;
  #buffers = 0;

  get crossings(): Crossings {
    return { calls: this.#calls, callbacks: this.#callbacks, buffers: this.#buffers };
  }

  /** Counts the calls of an object, and of all others of its class. */
  watch(native: unknown): void {
    if (!isObject(native)) return;
    const prototype = blindCast<object, "an object of a class">(Object.getPrototypeOf(native));
    if (this.#classes.has(prototype)) return;
    const methods = Object.getOwnPropertyDescriptors(prototype);
    this.#classes.set(prototype, methods);
    for (const [name, method] of Object.entries(methods)) {
      if (typeof method.value !== "function" || name === "constructor") continue;
      const original = blindCast<Method, "it was tested">(method.value);
      Object.defineProperty(prototype, name, { ...method, value: this.#counted(name, original) });
    }
  }

  end(): void {
    for (const [prototype, methods] of this.#classes) Object.defineProperties(prototype, methods);
  }

  #counted(name: string, method: Method): Method {
    const count = (): void => {
      if (!uncounted.has(name)) this.#calls += 1;
    };
    const given = (value: unknown): unknown => this.#given(value);
    const taken = (value: unknown): unknown => this.#taken(value);
    return function counted(this: unknown, ...args: readonly unknown[]): unknown {
      count();
      const result: unknown = Reflect.apply(method, this, args.map(given));
      return result instanceof Promise ? result.then(taken) : result;
    };
  }

  /** A function of the program that goes with a call is counted whenever the engine calls it. */
  #given(value: unknown): unknown {
    if (!isObject(value) || !("callback" in value) || typeof value.callback !== "function") return value;
    const callback = blindCast<Method, "it was tested">(value.callback);
    const counted: Method = (...args) => {
      this.#callbacks += 1;
      return callback(...args);
    };
    return { ...blindCast<NativeAttached, "only they have callbacks">(value), callback: counted };
  }

  /** Looks at what a call resolves to: a reply, a batch, or null at the end of a stream. */
  #taken(value: unknown): unknown {
    if (!isObject(value)) return value;
    if ("dictionaries" in value) this.#countBuffers(blindCast<NativeBatch, "only batches have dictionaries">(value));
    else if ("json" in value) this.#look(blindCast<NativeReply, "only replies have JSON">(value));
    return value;
  }

  #look({ handle, stream, streams, first }: NativeReply): void {
    for (const native of [handle, stream, ...(streams ?? [])]) this.watch(native);
    if (isObject(first)) this.#countBuffers(first);
  }

  #countBuffers({ dictionaries }: NativeBatch): void {
    this.#buffers += 1 + dictionaries.length;
  }
}

/** Does some work and counts what crosses meanwhile, beginning with the calls of one native object. */
export async function crossingsDuring(native: object, work: () => Promise<unknown>): Promise<Crossings> {
  const watch = new CrossingWatch();
  watch.watch(native);
  try {
    await work();
    return watch.crossings;
  } finally {
    watch.end();
  }
}
