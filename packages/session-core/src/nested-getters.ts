import { InternalError } from "@deltafuse/config/errors";
import type { ColumnView } from "./column-batch.ts";
import { typeFamily } from "./type-text.ts";
import type { BinderMaker, GetterBinder, ValueGetter } from "./value-getter.ts";

/** An own property, whatever its name: `__proto__` too. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

function childGetter(binder: GetterBinder | undefined, view: ColumnView | undefined): ValueGetter {
  if (binder === undefined || view === undefined) throw new InternalError("A nested column has too few children");
  return binder(view);
}

/** Builds the object of row `row` out of one getter per property. */
export function objectGetter(names: readonly string[], getters: readonly ValueGetter[]): ValueGetter {
  return (row) => {
    const result: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) setOwn(result, name, getters[index]?.(row));
    return result;
  };
}

const struct: BinderMaker = (plan, children) => (view) =>
  objectGetter(
    plan.names,
    children.map((child, index) => childGetter(child, view.children[index])),
  );

function items<T>(item: (index: number) => T, start: number, end: number): T[] {
  return Array.from({ length: end - start }, (_, index) => item(start + index));
}

const list: BinderMaker = (_plan, children) => (view) => {
  const item = childGetter(children[0], view.children[0]);
  const { offsets } = view;
  return (row) => items(item, Number(offsets?.[row]), Number(offsets?.[row + 1]));
};

const fixedSizeList: BinderMaker = (plan, children) => (view) => {
  const item = childGetter(children[0], view.children[0]);
  const size = plan.storage.type === "fixed_size_list" ? plan.storage.size : 0;
  return (row) => items(item, row * size, (row + 1) * size);
};

const map: BinderMaker = (plan, children) => {
  const textKeys = plan.logical.type === "map" && typeFamily(plan.logical.key.type).type === "utf8";
  return (view) => {
    const entries = view.children[0];
    const key = childGetter(children[0], entries?.children[0]);
    const value = childGetter(children[1], entries?.children[1]);
    const entry = (index: number): readonly [unknown, unknown] => [key(index), value(index)];
    const { offsets } = view;
    const pairs = (row: number): (readonly [unknown, unknown])[] =>
      items(entry, Number(offsets?.[row]), Number(offsets?.[row + 1]));
    if (plan.mode !== "json") return (row) => new Map(pairs(row));
    return textKeys ? (row) => Object.fromEntries(pairs(row)) : pairs;
  };
};

const union: BinderMaker = (plan, children) => {
  if (plan.logical.type !== "union") throw new InternalError(`${plan.path} is not a union`);
  const { typeIds, fields } = plan.logical;
  return (view) => {
    const members = typeIds.map((id, index) => {
      return [id, { tag: fields[index]?.name, read: childGetter(children[index], view.children[index]) }] as const;
    });
    const byId = new Map(members);
    const { values, offsets } = view;
    return (row) => {
      const member = byId.get(Number(values?.[row]));
      const value = member?.read(offsets === null ? row : Number(offsets[row]));
      return plan.mode === "lossless" ? { tag: member?.tag, value } : value;
    };
  };
};

const shareable: readonly string[] = ["string", "number", "bigint", "boolean"];

/** Distinct values are read at most once per dictionary where rows may share them. */
function distinctGetter(read: ValueGetter, size: number): ValueGetter {
  const known: unknown[] = Array.from({ length: size });
  return (index) => {
    const value = known[index];
    if (value !== undefined) return value;
    const fresh = read(index);
    if (shareable.includes(typeof fresh)) known[index] = fresh;
    return fresh;
  };
}

const dictionary: BinderMaker = (_plan, children) => {
  let last: { readonly view: ColumnView; readonly read: ValueGetter } | null = null;
  return (view) => {
    const { values } = view;
    if (view.dictionary !== null && last?.view !== view.dictionary) {
      const read = distinctGetter(childGetter(children[0], view.dictionary), view.dictionary.length);
      last = { view: view.dictionary, read };
    }
    const read = last?.read;
    return (row) => read?.(Number(values?.[row]));
  };
};

/** Readers of lists, structs, maps, unions and dictionaries. */
export const nestedGetters: Readonly<Record<string, BinderMaker>> = {
  list,
  large_list: list,
  fixed_size_list: fixedSizeList,
  struct,
  map,
  union,
  dictionary,
};
