import { blindCast } from "@deltafuse/config/casts";

const maxDepth = 32;

/**
 * Adds copies of the members of plain data to an object and freezes it at every depth, so that neither the emitter nor
 * a listener can change what another one sees. Members that are undefined are left out; what is nested deeper than 32
 * levels becomes null; instances of classes (dates, bytes) are handed on as they are.
 */
export function freezeWith<T extends object, P extends object>(target: T, members: P): Readonly<T & P> {
  const extended = blindCast<Record<string, unknown>, "members are added before anybody else sees it">(target);
  copyMembers(extended, members, 0);
  return blindCast<Readonly<T & P>, "it has the members of both now">(Object.freeze(extended));
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return null;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => copy(item, depth + 1)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const members: Record<string, unknown> = {};
  copyMembers(members, value, depth);
  return Object.freeze(members);
}

function copyMembers(target: Record<string, unknown>, source: object, depth: number): void {
  const members = blindCast<Record<string, unknown>, "read by its own keys">(source);
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (value === undefined) continue;
    if (name === "__proto__") Object.defineProperty(target, name, { value: copy(value, depth + 1), enumerable: true });
    else target[name] = copy(value, depth + 1);
  }
}
