import { isPlainObject } from "./plain-object.ts";

const nameable: ReadonlySet<string> = new Set(["cache", "schemaHardening", "sql.policy"]);

/** Puts one declaration over another: objects merge per key, arrays and other values replace. */
export function mergeFields(base: unknown, patch: unknown, path = ""): unknown {
  if (patch === undefined) return base;
  const under = nameable.has(path) && typeof base === "string" ? { base } : base;
  if (!isPlainObject(under) || !isPlainObject(patch)) return patch;
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(patch)) {
    merged.set(key, mergeFields(merged.get(key), value, path === "" ? key : `${path}.${key}`));
  }
  return Object.fromEntries(merged);
}
