import { blindCast } from "@deltafuse/config/casts";

const maxDepth = 32;

/**
 * Copies plain data and freezes the copy at every depth, so that neither the emitter nor a listener can change what
 * another one sees. Members that are undefined are left out; what is nested deeper than 32 levels becomes null.
 */
export function frozenCopy<T>(value: T): T {
  return blindCast<T, "the copy has the shape of the value">(copy(value, 0));
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return null;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => copy(item, depth + 1)));
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (name === "__proto__")
      Object.defineProperty(members, name, { value: copy(member, depth + 1), enumerable: true });
    else members[name] = copy(member, depth + 1);
  }
  return Object.freeze(members);
}
