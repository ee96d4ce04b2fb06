import { invalidLabel } from "./errors.ts";
import type { Hooks } from "./hooks.ts";

/** Name of a piece of work, carried by its events and records. Never part of a hash or a cache key. */
export interface ExecutionLabel {
  /** 1 to 128 characters, no control characters. */
  readonly name: string;
  /** At most 16, name and value of at most 256 characters each. */
  readonly tags?: Readonly<Record<string, string>>;
}

const maxNameLength = 128;
const maxTags = 16;
const maxTagLength = 256;
const controlCharacter = /\p{Cc}/u;

function checkedName(name: unknown): string {
  if (typeof name !== "string") throw invalidLabel("name", "it is not a string");
  if (name.length === 0 || name.length > maxNameLength) {
    throw invalidLabel("name", `use 1 to ${maxNameLength} characters`);
  }
  if (controlCharacter.test(name)) throw invalidLabel("name", "it has a control character");
  return name;
}

function checkedTag(key: string, value: unknown): [string, string] {
  const path = `tags[${JSON.stringify(key)}]`;
  if (typeof value !== "string") throw invalidLabel(path, "it is not a string");
  if (key.length === 0 || key.length > maxTagLength || value.length > maxTagLength) {
    throw invalidLabel(path, `use at most ${maxTagLength} characters for a name and for a value`);
  }
  return [key, value];
}

function checkedTags(tags: unknown): Readonly<Record<string, string>> {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) {
    throw invalidLabel("tags", "it is not an object of strings");
  }
  const entries = Object.entries(tags);
  if (entries.length > maxTags) throw invalidLabel("tags", `use at most ${maxTags} tags`);
  return Object.freeze(Object.fromEntries(entries.map(([key, value]) => checkedTag(key, value))));
}

/**
 * Checks a label: a name, or a name with tags. The result is frozen.
 *
 * Throws `HOOKS.INVALID_LABEL {path, reason}`.
 *
 * @example
 * parseLabel("nightly"); // { name: "nightly" }
 * parseLabel({ name: "nightly", tags: { team: "orders" } });
 */
export function parseLabel(label: string | ExecutionLabel): ExecutionLabel {
  if (typeof label === "string") return Object.freeze({ name: checkedName(label) });
  if (typeof label !== "object" || label === null) throw invalidLabel("", "it is neither a string nor an object");
  const name = checkedName(label.name);
  return Object.freeze(label.tags === undefined ? { name } : { name, tags: checkedTags(label.tags) });
}

/** An inner label over an outer one: its name replaces, its tags merge with the inner ones winning. */
export function innerLabel(outer: ExecutionLabel | undefined, inner: ExecutionLabel): ExecutionLabel {
  return outer?.tags === undefined ? inner : { ...inner, tags: { ...outer.tags, ...inner.tags } };
}

/**
 * Runs a function under a label: everything that it does with the telemetry of these hooks, across `await`, carries the label in its events
 * and records. The label of a call and an inner `withLabel` replace its name; tags merge with the inner ones winning. A
 * query keeps the label it was planned under, also when its rows are read elsewhere.
 *
 * Throws `HOOKS.INVALID_LABEL`.
 *
 * @example
 * await withLabel(session.hooks, "nightly", () => session.sql("SELECT 1").rows());
 */
export function withLabel<T>(hooks: Pick<Hooks, "telemetry">, label: string | ExecutionLabel, fn: () => T): T {
  const { name, tags } = parseLabel(label);
  return hooks.telemetry.scope.with({ label: name, tags }, fn);
}
