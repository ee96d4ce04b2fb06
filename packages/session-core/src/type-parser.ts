import type { DecimalType, FieldType, NestedField, TimeUnit } from "./field-type.ts";
import { typeUnknown } from "./statement-errors.ts";
import type { TypeCursor } from "./type-cursor.ts";
import { intervalUnits, nearestTypeName, normalName, simpleTypes, timeUnits, unsignedTypes } from "./type-names.ts";

const digitLimits = { 32: 9, 64: 18, 128: 38, 256: 76 } as const;

function length(cursor: TypeCursor): void {
  if (cursor.next.text === "(") cursor.inside(() => cursor.integer());
}

function simpleType(cursor: TypeCursor, name: string): FieldType | null {
  const type = Object.hasOwn(simpleTypes, name) ? simpleTypes[name] : undefined;
  if (type === undefined) return null;
  if (name === "double") cursor.word("precision");
  if (name === "character" || name === "char") cursor.word("varying");
  if (type === "utf8" || type === "binary") length(cursor);
  if (!cursor.word("unsigned")) return { type };
  const unsigned = unsignedTypes[type];
  return unsigned === undefined ? cursor.fail(`${type} cannot be UNSIGNED`) : { type: unsigned };
}

function decimalType(cursor: TypeCursor, bitWidth: DecimalType["bitWidth"] | null): FieldType {
  if (bitWidth === null && !cursor.opens) return { type: "decimal", precision: 38, scale: 10, bitWidth: 128 };
  const digits = cursor.inside(() => ({
    precision: cursor.integer(),
    scale: cursor.mark(",") ? cursor.integer() : 0,
  }));
  const width = bitWidth ?? (digits.precision > digitLimits[128] ? 256 : 128);
  const limit = digitLimits[width];
  if (digits.precision < 1 || digits.precision > limit) cursor.fail(`the precision must be 1 to ${limit}`);
  if (digits.scale > digits.precision || digits.scale < -limit) cursor.fail("the scale does not fit the precision");
  return { type: "decimal", ...digits, bitWidth: width };
}

function timeUnit(cursor: TypeCursor): TimeUnit {
  return cursor.choice(timeUnits, "a time unit");
}

function timeType(cursor: TypeCursor, width: 32 | 64 | null): FieldType {
  const unit = cursor.opens || width !== null ? cursor.inside(() => timeUnit(cursor)) : "ns";
  if (zoneClause(cursor)) cursor.fail("a time of day has no time zone");
  if (unit === "s" || unit === "ms") {
    return width === 64 ? cursor.fail("time64 has the units us and ns") : { type: "time32", unit };
  }
  return width === 32 ? cursor.fail("time32 has the units s and ms") : { type: "time64", unit };
}

function zoneClause(cursor: TypeCursor): boolean {
  const zoned = cursor.word("with");
  if (!zoned && !cursor.word("without")) return false;
  if (!(cursor.word("time") && cursor.word("zone"))) cursor.fail("TIME ZONE is missing");
  return zoned;
}

/** A zone: quoted, the engine's `None` or `Some("…")`, or everything up to the bracket. */
function zoneName(cursor: TypeCursor): string | null {
  if (cursor.word("none")) return null;
  if (cursor.word("some")) return cursor.inside(() => cursor.name());
  if (cursor.next.kind === "text") return cursor.name();
  const { start } = cursor.next;
  while (!cursor.closes) cursor.take();
  return cursor.text.slice(start, cursor.next.start).trim() || cursor.fail("the time zone is missing");
}

function timestampType(cursor: TypeCursor, zoned: boolean): FieldType {
  const parts = (): { unit: TimeUnit; zone: string | null } => {
    const unit = timeUnit(cursor);
    return { unit, zone: cursor.mark(",") ? zoneName(cursor) : null };
  };
  const { unit, zone } = cursor.opens ? cursor.inside(parts) : { unit: "ns" as const, zone: null };
  const timezone = zoneClause(cursor) || zoned ? (zone ?? "UTC") : zone;
  return timezone === null ? { type: "timestamp", unit } : { type: "timestamp", unit, timezone };
}

function metadata(cursor: TypeCursor): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  while (!cursor.mark("}")) {
    const key = cursor.name();
    cursor.expect(":");
    entries.push([key, cursor.name()]);
    cursor.mark(",");
  }
  return Object.fromEntries(entries);
}

function withMetadata(cursor: TypeCursor, field: NestedField): NestedField {
  return cursor.run([",", "metadata", ":", "{"]) ? { ...field, metadata: metadata(cursor) } : field;
}

function bareChild(cursor: TypeCursor, name: string): NestedField {
  const nonNull = cursor.word("non-null");
  const type = parseType(cursor);
  const marked = cursor.mark("!") || cursor.run(["NOT", "NULL"]) || cursor.run(["not", "null"]);
  return { name, type, nullable: !nonNull && !marked };
}

/** A type with its nullability; `name` is the one it gets. */
function child(cursor: TypeCursor, name: string): NestedField {
  return withMetadata(cursor, bareChild(cursor, name));
}

/** The item of a list; the engine prints its name behind it unless it is `item`. */
function item(cursor: TypeCursor): NestedField {
  const field = bareChild(cursor, "item");
  return withMetadata(cursor, cursor.run([",", "field", ":"]) ? { ...field, name: cursor.name() } : field);
}

/** `name: type`, or SQL's `name type`. */
function namedField(cursor: TypeCursor): NestedField {
  const name = cursor.name();
  cursor.mark(":");
  return child(cursor, name);
}

function structType(cursor: TypeCursor): FieldType {
  const fields: NestedField[] = [];
  cursor.inside(() => {
    while (!cursor.closes) {
      fields.push(namedField(cursor));
      if (!cursor.mark(",")) break;
    }
  });
  return { type: "struct", fields };
}

function fixedSizeListType(cursor: TypeCursor): FieldType {
  return cursor.inside(() => {
    if (cursor.next.kind === "number") {
      const size = cursor.integer();
      if (!cursor.word("x")) cursor.fail("x is missing");
      return { type: "fixed_size_list", item: item(cursor), size };
    }
    const field = item(cursor);
    cursor.expect(",");
    return { type: "fixed_size_list", item: field, size: cursor.integer() };
  });
}

/** Two children: `<K,V>`, or with the engine's names in front of them. */
function pair(cursor: TypeCursor, names: readonly [string, string]): readonly [NestedField, NestedField] {
  const read = (name: string): NestedField =>
    cursor.next.kind === "text" ? { ...namedField(cursor), name } : child(cursor, name);
  const first = read(names[0]);
  cursor.expect(",");
  return [{ ...first, nullable: false }, read(names[1])];
}

function mapType(cursor: TypeCursor): FieldType {
  return cursor.inside(() => {
    const entries = cursor.next.kind === "text";
    if (entries) {
      cursor.name();
      cursor.expect(":");
      cursor.word("non-null");
      if (!cursor.word("struct")) cursor.fail("the entries of a map are a struct");
    }
    const read = (): readonly [NestedField, NestedField] => pair(cursor, ["key", "value"]);
    const [key, value] = entries ? cursor.inside(read) : read();
    const keysSorted =
      cursor.mark(",") && !cursor.word("unsorted") && (cursor.word("sorted") || cursor.fail("sorted is missing"));
    return { type: "map", key, value, keysSorted };
  });
}

function dictionaryType(cursor: TypeCursor): FieldType {
  return cursor.inside(() => {
    const index = parseType(cursor);
    cursor.expect(",");
    const value = parseType(cursor);
    const ordered = cursor.mark(",") && (cursor.word("ordered") || cursor.fail("ordered is missing"));
    return { type: "dictionary", index, value, ordered };
  });
}

function runEndEncodedType(cursor: TypeCursor): FieldType {
  const [runEnds, values] = cursor.inside(() => pair(cursor, ["run_ends", "values"]));
  return { type: "run_end_encoded", runEnds, values };
}

function unionType(cursor: TypeCursor, mode: "sparse" | "dense"): FieldType {
  const fields: NestedField[] = [];
  const typeIds: number[] = [];
  while (!cursor.closes) {
    const numbered = cursor.next.kind === "number" ? cursor.integer() : null;
    if (numbered !== null) cursor.expect(":");
    fields.push(numbered === null ? namedField(cursor) : cursor.inside(() => namedField(cursor)));
    typeIds.push(numbered ?? (cursor.mark("=") ? cursor.integer() : fields.length - 1));
    if (!cursor.mark(",")) break;
  }
  return { type: "union", mode, fields, typeIds };
}

function engineUnion(cursor: TypeCursor): FieldType {
  return cursor.inside(() => {
    const mode = cursor.choice({ sparse: "sparse", dense: "dense" } as const, "a union mode");
    cursor.mark(",");
    return unionType(cursor, mode);
  });
}

type ListName = "list" | "large_list" | "list_view" | "large_list_view";

const listOf =
  (type: ListName) =>
  (cursor: TypeCursor): FieldType => ({ type, item: cursor.inside(() => item(cursor)) });

/** Types with members, by the normal form of their name. */
const heads: Readonly<Record<string, (cursor: TypeCursor) => FieldType>> = {
  decimal: (cursor) => decimalType(cursor, null),
  numeric: (cursor) => decimalType(cursor, null),
  dec: (cursor) => decimalType(cursor, null),
  decimal32: (cursor) => decimalType(cursor, 32),
  decimal64: (cursor) => decimalType(cursor, 64),
  decimal128: (cursor) => decimalType(cursor, 128),
  decimal256: (cursor) => decimalType(cursor, 256),
  fixedsizebinary: (cursor) => ({ type: "fixed_size_binary", byteWidth: cursor.inside(() => cursor.integer()) }),
  time: (cursor) => timeType(cursor, null),
  time32: (cursor) => timeType(cursor, 32),
  time64: (cursor) => timeType(cursor, 64),
  timestamp: (cursor) => timestampType(cursor, false),
  timestamptz: (cursor) => timestampType(cursor, true),
  duration: (cursor) => ({ type: "duration", unit: cursor.inside(() => timeUnit(cursor)) }),
  interval: (cursor) => ({
    type: "interval",
    unit: cursor.opens ? cursor.inside(() => cursor.choice(intervalUnits, "an interval unit")) : "month_day_nano",
  }),
  list: listOf("list"),
  array: listOf("list"),
  largelist: listOf("large_list"),
  listview: listOf("list_view"),
  largelistview: listOf("large_list_view"),
  fixedsizelist: fixedSizeListType,
  struct: structType,
  map: mapType,
  dictionary: dictionaryType,
  runendencoded: runEndEncodedType,
  sparseunion: (cursor) => cursor.inside(() => unionType(cursor, "sparse")),
  denseunion: (cursor) => cursor.inside(() => unionType(cursor, "dense")),
  union: engineUnion,
};

/** Reads one type at the cursor, with its `[]` suffixes. Throws `SQL.TYPE_UNKNOWN`. */
export function parseType(cursor: TypeCursor): FieldType {
  const token = cursor.take();
  if (token.kind !== "word") cursor.fail("a type name is missing");
  const name = normalName(token.text);
  const head = Object.hasOwn(heads, name) ? heads[name] : undefined;
  const simple = simpleType(cursor, name) ?? head?.(cursor);
  if (simple === undefined) throw typeUnknown(cursor.text, `${token.text} is unknown`, nearestTypeName(token.text));
  let type: FieldType = simple;
  while (cursor.mark("[")) {
    const field: NestedField = { name: "item", type, nullable: true };
    const size = cursor.next.kind === "number" ? cursor.integer() : null;
    cursor.expect("]");
    type = size === null ? { type: "list", item: field } : { type: "fixed_size_list", item: field, size };
  }
  return type;
}
