import { InternalError } from "@deltafuse/config/errors";
import { blindCast } from "@deltafuse/config/casts";
import * as arrow from "apache-arrow";
import type { FieldType, IntervalUnit, NestedField, SimpleType, TimeUnit, UnionType } from "./field-type.ts";
import { typeUnsupported } from "./row-errors.ts";
import { formatTypeText } from "./type-text.ts";

const units: Readonly<Record<TimeUnit, arrow.TimeUnit>> = {
  s: arrow.TimeUnit.SECOND,
  ms: arrow.TimeUnit.MILLISECOND,
  us: arrow.TimeUnit.MICROSECOND,
  ns: arrow.TimeUnit.NANOSECOND,
};

const intervalUnits: Readonly<Record<IntervalUnit, arrow.IntervalUnit>> = {
  year_month: arrow.IntervalUnit.YEAR_MONTH,
  day_time: arrow.IntervalUnit.DAY_TIME,
  month_day_nano: arrow.IntervalUnit.MONTH_DAY_NANO,
};

const simpleTypes: Readonly<Record<SimpleType["type"], () => arrow.DataType>> = {
  null: () => new arrow.Null(),
  bool: () => new arrow.Bool(),
  int8: () => new arrow.Int8(),
  int16: () => new arrow.Int16(),
  int32: () => new arrow.Int32(),
  int64: () => new arrow.Int64(),
  uint8: () => new arrow.Uint8(),
  uint16: () => new arrow.Uint16(),
  uint32: () => new arrow.Uint32(),
  uint64: () => new arrow.Uint64(),
  float16: () => new arrow.Float16(),
  float32: () => new arrow.Float32(),
  float64: () => new arrow.Float64(),
  utf8: () => new arrow.Utf8(),
  large_utf8: () => new arrow.LargeUtf8(),
  utf8_view: () => new arrow.Utf8View(),
  binary: () => new arrow.Binary(),
  large_binary: () => new arrow.LargeBinary(),
  binary_view: () => new arrow.BinaryView(),
  date32: () => new arrow.DateDay(),
  date64: () => new arrow.DateMillisecond(),
};

function unionType(type: UnionType): arrow.DataType {
  const mode = type.mode === "dense" ? arrow.UnionMode.Dense : arrow.UnionMode.Sparse;
  return new arrow.Union(mode, [...type.typeIds], type.fields.map(toArrowField));
}

function nestedType(type: FieldType): arrow.DataType {
  switch (type.type) {
    case "list":
      return new arrow.List(toArrowField(type.item));
    case "large_list":
      return new arrow.LargeList(toArrowField(type.item));
    case "fixed_size_list":
      return new arrow.FixedSizeList(type.size, toArrowField(type.item));
    case "struct":
      return new arrow.Struct(type.fields.map(toArrowField));
    case "map": {
      const entries = new arrow.Struct<{ key: arrow.DataType; value: arrow.DataType }>(
        [type.key, type.value].map(toArrowField),
      );
      return new arrow.Map_(new arrow.Field("entries", entries, false), type.keysSorted);
    }
    case "union":
      return unionType(type);
    case "dictionary": {
      const index = blindCast<arrow.Int32, "the index of a dictionary is an integer">(toArrowType(type.index));
      return new arrow.Dictionary(toArrowType(type.value), index, null, type.ordered);
    }
    default:
      throw typeUnsupported("The column", formatTypeText(type), "apache-arrow has no such type: cast it in the query.");
  }
}

/** Throws `ROWS.TYPE_UNSUPPORTED` for types that apache-arrow lacks. */
function toArrowType(type: FieldType): arrow.DataType {
  switch (type.type) {
    case "decimal":
      return new arrow.Decimal(type.scale, type.precision, type.bitWidth);
    case "fixed_size_binary":
      return new arrow.FixedSizeBinary(type.byteWidth);
    case "time32":
      return new arrow.Time(units[type.unit], 32);
    case "time64":
      return new arrow.Time(units[type.unit], 64);
    case "timestamp":
      return new arrow.Timestamp(units[type.unit], type.timezone ?? null);
    case "duration":
      return new arrow.Duration(units[type.unit]);
    case "interval":
      return new arrow.Interval(intervalUnits[type.unit]);
    default:
      return type.type in simpleTypes
        ? simpleTypes[blindCast<SimpleType["type"], "it is a key of the table">(type.type)]()
        : nestedType(type);
  }
}

/** The apache-arrow field of a field, with its metadata. Throws `ROWS.TYPE_UNSUPPORTED` for types it lacks. */
export function toArrowField(field: NestedField): arrow.Field {
  const metadata = new Map(Object.entries(field.metadata ?? {}));
  return new arrow.Field(field.name, toArrowType(field.type), field.nullable, metadata);
}

/** The members that apache-arrow's types have, read by shape: a program may load a second copy of the library. */
interface ArrowTypeShape {
  readonly typeId: number;
  readonly isSigned: boolean;
  readonly bitWidth: number;
  readonly precision: number;
  readonly scale: number;
  readonly unit: number;
  readonly timezone?: string | null;
  readonly byteWidth: number;
  readonly listSize: number;
  readonly keysSorted: boolean;
  readonly mode: number;
  readonly typeIds: Iterable<number>;
  readonly indices: ArrowTypeShape;
  readonly dictionary: ArrowTypeShape;
  readonly isOrdered: boolean;
  readonly children: readonly ArrowFieldShape[];
}

interface ArrowFieldShape {
  readonly name: string;
  readonly type: ArrowTypeShape;
  readonly nullable: boolean;
  readonly metadata: ReadonlyMap<string, string>;
}

const timeUnitNames: readonly TimeUnit[] = ["s", "ms", "us", "ns"];
const intervalUnitNames: readonly IntervalUnit[] = ["year_month", "day_time", "month_day_nano"];

function unitOf(type: ArrowTypeShape): TimeUnit {
  const found = timeUnitNames[type.unit];
  if (found === undefined) throw new InternalError(`Unknown time unit ${type.unit}`);
  return found;
}

function intervalUnitOf(type: ArrowTypeShape): IntervalUnit {
  const found = intervalUnitNames[type.unit];
  if (found === undefined) throw new InternalError(`Unknown interval unit ${type.unit}`);
  return found;
}

function childOf(type: ArrowTypeShape): NestedField {
  const [child] = type.children;
  if (child === undefined) throw new InternalError("A list type has no child");
  return fieldOf(child);
}

function intOf(type: ArrowTypeShape): FieldType {
  const name = `${type.isSigned ? "" : "u"}int${type.bitWidth}`;
  return { type: blindCast<SimpleType["type"], "signedness and width of an Arrow integer name its type">(name) };
}

function timeOf(type: ArrowTypeShape): FieldType {
  const unit = unitOf(type);
  return unit === "s" || unit === "ms" ? { type: "time32", unit } : { type: "time64", unit };
}

function timestampOf(type: ArrowTypeShape): FieldType {
  const { timezone } = type;
  const unit = unitOf(type);
  return timezone === undefined || timezone === null || timezone === ""
    ? { type: "timestamp", unit }
    : { type: "timestamp", unit, timezone };
}

function decimalOf(type: ArrowTypeShape): FieldType {
  const bitWidth = blindCast<32 | 64 | 128 | 256, "the widths Arrow has">(type.bitWidth);
  return { type: "decimal", precision: type.precision, scale: type.scale, bitWidth };
}

function mapOf(type: ArrowTypeShape): FieldType {
  const [key, value] = type.children[0]?.type.children.map(fieldOf) ?? [];
  if (key === undefined || value === undefined) throw new InternalError("A map type has no entries");
  return { type: "map", key, value, keysSorted: type.keysSorted };
}

const arrowTypes: Readonly<Record<number, (type: ArrowTypeShape) => FieldType>> = {
  [arrow.Type.Null]: () => ({ type: "null" }),
  [arrow.Type.Bool]: () => ({ type: "bool" }),
  [arrow.Type.Int]: intOf,
  [arrow.Type.Float]: (type) => ({ type: (["float16", "float32", "float64"] as const)[type.precision] ?? "float64" }),
  [arrow.Type.Decimal]: decimalOf,
  [arrow.Type.Utf8]: () => ({ type: "utf8" }),
  [arrow.Type.LargeUtf8]: () => ({ type: "large_utf8" }),
  [arrow.Type.Utf8View]: () => ({ type: "utf8_view" }),
  [arrow.Type.Binary]: () => ({ type: "binary" }),
  [arrow.Type.LargeBinary]: () => ({ type: "large_binary" }),
  [arrow.Type.BinaryView]: () => ({ type: "binary_view" }),
  [arrow.Type.FixedSizeBinary]: (type) => ({ type: "fixed_size_binary", byteWidth: type.byteWidth }),
  [arrow.Type.Date]: (type) => ({ type: (["date32", "date64"] as const)[type.unit] ?? "date64" }),
  [arrow.Type.Time]: timeOf,
  [arrow.Type.Timestamp]: timestampOf,
  [arrow.Type.Duration]: (type) => ({ type: "duration", unit: unitOf(type) }),
  [arrow.Type.Interval]: (type) => ({ type: "interval", unit: intervalUnitOf(type) }),
  [arrow.Type.List]: (type) => ({ type: "list", item: childOf(type) }),
  [arrow.Type.LargeList]: (type) => ({ type: "large_list", item: childOf(type) }),
  [arrow.Type.FixedSizeList]: (type) => ({ type: "fixed_size_list", item: childOf(type), size: type.listSize }),
  [arrow.Type.Struct]: (type) => ({ type: "struct", fields: type.children.map(fieldOf) }),
  [arrow.Type.Map]: mapOf,
  [arrow.Type.Union]: (type) => ({
    type: "union",
    mode: (["sparse", "dense"] as const)[type.mode] ?? "sparse",
    fields: type.children.map(fieldOf),
    typeIds: [...type.typeIds],
  }),
  [arrow.Type.Dictionary]: (type) => ({
    type: "dictionary",
    index: typeOf(type.indices),
    value: typeOf(type.dictionary),
    ordered: type.isOrdered,
  }),
};

function typeOf(type: ArrowTypeShape): FieldType {
  const read = arrowTypes[type.typeId];
  if (read === undefined) throw new InternalError(`Unknown Arrow type ${type.typeId}`);
  return read(type);
}

function fieldOf(field: ArrowFieldShape): NestedField {
  const base = { name: field.name, type: typeOf(field.type), nullable: field.nullable };
  return field.metadata.size === 0 ? base : { ...base, metadata: Object.fromEntries(field.metadata) };
}

/** The field of an apache-arrow field, with its metadata. */
export function fromArrowField(field: arrow.Field): NestedField {
  return fieldOf(
    blindCast<ArrowFieldShape, "the members of each type are read where its typeId says it has them">(field),
  );
}
