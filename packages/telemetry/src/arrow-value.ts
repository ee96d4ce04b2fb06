import { blindCast } from "@deltafuse/config/casts";
import type { Data } from "apache-arrow";
import type { Arrow } from "./arrow-column.ts";

type Reader = (arrow: Arrow, data: Data, index: number) => unknown;

function integers(data: Data): ArrayLike<number | bigint> {
  return blindCast<ArrayLike<number | bigint>, "the values of integers and timestamps">(data.values);
}

const readInteger: Reader = (_arrow, data, index) => Number(integers(data)[index]);

/** The values of the child that belong to one list or map. */
function itemsOf(arrow: Arrow, data: Data, index: number): readonly unknown[] {
  const [child] = data.children;
  if (child === undefined) return [];
  const start = Number(data.valueOffsets[index]);
  return Array.from({ length: Number(data.valueOffsets[index + 1]) - start }, (_, at) =>
    arrowValue(arrow, child, start + at),
  );
}

const readStruct: Reader = (arrow, data, index) => {
  const names = data.type.children.map((field: { readonly name: string }) => field.name);
  const members = data.children.map((child, at) => [names[at] ?? "", arrowValue(arrow, child, index)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== null));
};

const readMap: Reader = (arrow, data, index) => {
  const entries = blindCast<readonly Record<string, unknown>[], "entries of a map are structs">(
    itemsOf(arrow, data, index),
  );
  return Object.fromEntries(entries.map((entry) => Object.values(entry)));
};

const readOther: Reader = (arrow, data, index) => new arrow.Vector([data]).get(index);

function readerOf({ DataType }: Arrow, { type }: Data): Reader {
  if (DataType.isInt(type) || DataType.isTimestamp(type)) return readInteger;
  if (DataType.isList(type)) return itemsOf;
  if (DataType.isStruct(type)) return readStruct;
  return DataType.isMap(type) ? readMap : readOther;
}

/**
 * One value of Arrow data in storage form: integers and timestamps as numbers, lists, structs without their nulls, maps
 * as objects.
 */
export function arrowValue(arrow: Arrow, data: Data, index: number): unknown {
  return data.getValid(index) ? readerOf(arrow, data)(arrow, data, index) : null;
}
