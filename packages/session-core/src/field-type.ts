/** Resolution of times, timestamps and durations. */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/** Layout of an interval. */
export type IntervalUnit = "year_month" | "day_time" | "month_day_nano";

/** A named, typed child: a column, a struct field, a list item, a map key or value. */
export interface NestedField {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** Arrow field metadata; absent when there is none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Types without members. */
export interface SimpleType {
  readonly type:
    | "null"
    | "bool"
    | "int8"
    | "int16"
    | "int32"
    | "int64"
    | "uint8"
    | "uint16"
    | "uint32"
    | "uint64"
    | "float16"
    | "float32"
    | "float64"
    | "utf8"
    | "large_utf8"
    | "utf8_view"
    | "binary"
    | "large_binary"
    | "binary_view"
    | "date32"
    | "date64";
}

/** `decimal32` to `decimal256`: unscaled integer times ten to the power of minus `scale`. */
export interface DecimalType {
  readonly type: "decimal";
  /** Digits in all. */
  readonly precision: number;
  /** Digits behind the point. */
  readonly scale: number;
  readonly bitWidth: 32 | 64 | 128 | 256;
}

/** Bytes of one length. */
export interface FixedSizeBinaryType {
  readonly type: "fixed_size_binary";
  readonly byteWidth: number;
}

/** Time of day: 32 bits for s and ms, 64 bits for us and ns. */
export type TimeType =
  | { readonly type: "time32"; readonly unit: "s" | "ms" }
  | { readonly type: "time64"; readonly unit: "us" | "ns" };

/** Instant since 1970-01-01: in UTC when there is a zone, else local time without one. */
export interface TimestampType {
  readonly type: "timestamp";
  readonly unit: TimeUnit;
  readonly timezone?: string;
}

/** Length of time. */
export interface DurationType {
  readonly type: "duration";
  readonly unit: TimeUnit;
}

/** Calendar interval. */
export interface IntervalType {
  readonly type: "interval";
  readonly unit: IntervalUnit;
}

/** Lists of any length. */
export interface ListType {
  readonly type: "list" | "large_list" | "list_view" | "large_list_view";
  readonly item: NestedField;
}

/** Lists of one length. */
export interface FixedSizeListType {
  readonly type: "fixed_size_list";
  readonly item: NestedField;
  readonly size: number;
}

/** Named fields. */
export interface StructType {
  readonly type: "struct";
  readonly fields: readonly NestedField[];
}

/** Key and value pairs. The key is never nullable. */
export interface MapType {
  readonly type: "map";
  readonly key: NestedField;
  readonly value: NestedField;
  readonly keysSorted: boolean;
}

/** Values by index into a list of distinct values. */
export interface DictionaryType {
  readonly type: "dictionary";
  readonly index: FieldType;
  readonly value: FieldType;
  readonly ordered: boolean;
}

/** Values with the row at which each run ends. */
export interface RunEndEncodedType {
  readonly type: "run_end_encoded";
  readonly runEnds: NestedField;
  readonly values: NestedField;
}

/** One of several types per row. */
export interface UnionType {
  readonly type: "union";
  readonly mode: "sparse" | "dense";
  readonly fields: readonly NestedField[];
  /** Type id of each field. */
  readonly typeIds: readonly number[];
}

/** Every Arrow type as structured data, told apart by `type`. */
export type FieldType =
  | SimpleType
  | DecimalType
  | FixedSizeBinaryType
  | TimeType
  | TimestampType
  | DurationType
  | IntervalType
  | ListType
  | FixedSizeListType
  | StructType
  | MapType
  | DictionaryType
  | RunEndEncodedType
  | UnionType;

/** Tag of a {@link FieldType}. */
export type FieldTypeName = FieldType["type"];

/** Types without members, in the order in which documents list them. */
export const simpleTypeNames: readonly SimpleType["type"][] = [
  "null",
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
  "utf8",
  "large_utf8",
  "utf8_view",
  "binary",
  "large_binary",
  "binary_view",
  "date32",
  "date64",
];
