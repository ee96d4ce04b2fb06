import type { recordKinds } from "@deltafuse/telemetry/record-kinds";

type BaseOf<T> = T extends string
  ? "string"
  : T extends number
    ? "integer"
    : T extends boolean
      ? "boolean"
      : T extends readonly unknown[]
        ? "list"
        : "object";

type RequiredKeys<P> = { [K in keyof P]-?: undefined extends P[K] ? never : K }[keyof P];

/** Primitive type of every member that each payload `P` has; `?` when it may be null. */
type MembersOf<P> = {
  readonly [K in RequiredKeys<P>]: null extends P[K] ? `${BaseOf<NonNullable<P[K]>>}?` : BaseOf<P[K]>;
};

/** What a package says about an event with payload `P`. */
interface DeclaredRow<P> {
  /** The packages that emit it, or `application`. */
  readonly owner: string;
  /** When it fires. */
  readonly fires: string;
  /** Whether the emitter waits for listeners that ask for it. Default false. */
  readonly settling?: boolean;
  /** Kinds of the records it can become. Default: none. */
  readonly records?: readonly (keyof typeof recordKinds)[];
  /** Members that every payload has, beside the context. */
  readonly members: MembersOf<P>;
}

/** What is said about events, by the names of their payloads. */
export type EventRows<Events> = { readonly [E in keyof Events]: DeclaredRow<Events[E]> };

/** What the table says about an event with payload `P`. */
export type EventRow<P> = DeclaredRow<P> & {
  readonly settling: boolean;
  readonly records: readonly (keyof typeof recordKinds)[];
};
