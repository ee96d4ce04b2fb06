import { blindCast } from "@deltafuse/config/casts";
import type {
  DecimalType,
  DictionaryType,
  DurationType,
  FieldType,
  FixedSizeBinaryType,
  IntervalType,
  IntervalUnit,
  SimpleType,
  TimestampType,
  TimeUnit,
} from "@deltafuse/session-core/field-type";
import { typeFamily } from "@deltafuse/session-core/type-text";
import {
  type BuiltField,
  type BuiltFields,
  builtField,
  type FieldBuilder,
  fieldBuilder,
  type FieldBuilders,
} from "./field-builder.ts";
import { widens } from "./widening.ts";

/** A nullable field of a type without members. */
export type Plain<Name extends SimpleType["type"]> = FieldBuilder<{ readonly type: Name }, true>;

/** A nullable field. */
export type Nullable<T extends FieldType> = FieldBuilder<T, true>;

/** A list of any length with its item. */
export interface ListOf<Kind extends "list" | "large_list" | "list_view" | "large_list_view", B extends FieldBuilder> {
  readonly type: Kind;
  readonly item: BuiltField<"item", B>;
}

/** A list of one length with its item. */
export interface FixedSizeListOf<B extends FieldBuilder> {
  readonly type: "fixed_size_list";
  readonly item: BuiltField<"item", B>;
  readonly size: number;
}

/** A struct with its fields. */
export interface StructOf<F extends FieldBuilders> {
  readonly type: "struct";
  readonly fields: readonly BuiltFields<F>[];
}

/** A map with its keys and values. */
export interface MapOf<K extends FieldBuilder, V extends FieldBuilder> {
  readonly type: "map";
  readonly key: BuiltField<"key", FieldBuilder<K["type"], false>>;
  readonly value: BuiltField<"value", V>;
  readonly keysSorted: boolean;
}

/** A union with its members. */
export interface UnionOf<F extends FieldBuilders> {
  readonly type: "union";
  readonly mode: "sparse" | "dense";
  readonly fields: readonly BuiltFields<F>[];
  readonly typeIds: readonly number[];
}

/** A dictionary with its indices and values. */
export interface DictionaryOf<Index extends FieldType, Value extends FieldType> extends DictionaryType {
  readonly index: Index;
  readonly value: Value;
}

/** A run-end encoding with its run ends and values. */
export interface RunEndEncodedOf<Ends extends FieldBuilder, Values extends FieldBuilder> {
  readonly type: "run_end_encoded";
  readonly runEnds: BuiltField<"run_ends", FieldBuilder<Ends["type"], false>>;
  readonly values: BuiltField<"values", Values>;
}

function plain<Name extends SimpleType["type"]>(type: Name): Plain<Name> {
  return fieldBuilder({ type });
}

/** A column that is always null. */
export function nullType(): Plain<"null"> {
  return plain("null");
}

/** True or false. */
export function bool(): Plain<"bool"> {
  return plain("bool");
}

/** Integer of 8 bits. */
export function int8(): Plain<"int8"> {
  return plain("int8");
}

/** Integer of 16 bits. */
export function int16(): Plain<"int16"> {
  return plain("int16");
}

/** Integer of 32 bits. */
export function int32(): Plain<"int32"> {
  return plain("int32");
}

/** Integer of 64 bits: SQL's BIGINT. */
export function int64(): Plain<"int64"> {
  return plain("int64");
}

/** Integer of 8 bits without a sign. */
export function uint8(): Plain<"uint8"> {
  return plain("uint8");
}

/** Integer of 16 bits without a sign. */
export function uint16(): Plain<"uint16"> {
  return plain("uint16");
}

/** Integer of 32 bits without a sign. */
export function uint32(): Plain<"uint32"> {
  return plain("uint32");
}

/** Integer of 64 bits without a sign. */
export function uint64(): Plain<"uint64"> {
  return plain("uint64");
}

/** Floating point number of 16 bits. */
export function float16(): Plain<"float16"> {
  return plain("float16");
}

/** Floating point number of 32 bits: SQL's REAL. */
export function float32(): Plain<"float32"> {
  return plain("float32");
}

/** Floating point number of 64 bits: SQL's DOUBLE. */
export function float64(): Plain<"float64"> {
  return plain("float64");
}

/** Text. */
export function utf8(): Plain<"utf8"> {
  return plain("utf8");
}

/** Text with 64-bit offsets. */
export function largeUtf8(): Plain<"large_utf8"> {
  return plain("large_utf8");
}

/** Text as views. */
export function utf8View(): Plain<"utf8_view"> {
  return plain("utf8_view");
}

/** JSON documents as text: utf8 with the extension type `arrow.json`. */
export function json(): Plain<"utf8"> {
  return utf8().withMetadata({ "ARROW:extension:name": "arrow.json" });
}

/** Bytes. */
export function binary(): Plain<"binary"> {
  return plain("binary");
}

/** Bytes with 64-bit offsets. */
export function largeBinary(): Plain<"large_binary"> {
  return plain("large_binary");
}

/** Bytes as views. */
export function binaryView(): Plain<"binary_view"> {
  return plain("binary_view");
}

/** Bytes of one length. */
export function fixedSizeBinary(byteWidth: number): Nullable<FixedSizeBinaryType> {
  return fieldBuilder({ type: "fixed_size_binary", byteWidth });
}

/** Calendar days, 32 bits: SQL's DATE. */
export function date32(): Plain<"date32"> {
  return plain("date32");
}

/** Calendar days as milliseconds, 64 bits. */
export function date64(): Plain<"date64"> {
  return plain("date64");
}

/** Time of day in 32 bits. */
export function time32(unit: "s" | "ms"): Nullable<{ readonly type: "time32"; readonly unit: "s" | "ms" }> {
  return fieldBuilder({ type: "time32", unit });
}

/** Time of day in 64 bits. */
export function time64(unit: "us" | "ns"): Nullable<{ readonly type: "time64"; readonly unit: "us" | "ns" }> {
  return fieldBuilder({ type: "time64", unit });
}

/** Instants with a zone, local time without one. */
export function timestamp(unit: TimeUnit, timezone?: string): Nullable<TimestampType> {
  return fieldBuilder({ type: "timestamp", unit, ...(timezone === undefined ? {} : { timezone }) });
}

/** Lengths of time. */
export function duration(unit: TimeUnit): Nullable<DurationType> {
  return fieldBuilder({ type: "duration", unit });
}

/** Calendar intervals. */
export function interval(unit: IntervalUnit): Nullable<IntervalType> {
  return fieldBuilder({ type: "interval", unit });
}

/**
 * Decimal numbers.
 *
 * @param precision - Digits in all: at most 9, 18, 38, 76 for 32, 64, 128, 256 bits.
 * @param scale - Digits behind the point. Default 0.
 * @param bitWidth - Default 128.
 */
export function decimal(precision: number, scale = 0, bitWidth: DecimalType["bitWidth"] = 128): Nullable<DecimalType> {
  return fieldBuilder({ type: "decimal", precision, scale, bitWidth });
}

/** Lists of any length. */
export function list<B extends FieldBuilder>(item: B): Nullable<ListOf<"list", B>> {
  return fieldBuilder({ type: "list", item: builtField("item", item) });
}

/** Lists of any length with 64-bit offsets. */
export function largeList<B extends FieldBuilder>(item: B): Nullable<ListOf<"large_list", B>> {
  return fieldBuilder({ type: "large_list", item: builtField("item", item) });
}

/** Lists as views. */
export function listView<B extends FieldBuilder>(item: B): Nullable<ListOf<"list_view", B>> {
  return fieldBuilder({ type: "list_view", item: builtField("item", item) });
}

/** Lists as views with 64-bit offsets. */
export function largeListView<B extends FieldBuilder>(item: B): Nullable<ListOf<"large_list_view", B>> {
  return fieldBuilder({ type: "large_list_view", item: builtField("item", item) });
}

/** Lists of one length. */
export function fixedSizeList<B extends FieldBuilder>(item: B, size: number): Nullable<FixedSizeListOf<B>> {
  return fieldBuilder({ type: "fixed_size_list", item: builtField("item", item), size });
}

/** The fields of named builders, in their order. */
export function builtFields<F extends FieldBuilders>(fields: F): readonly BuiltFields<F>[] {
  const built = Object.entries(fields).map(([name, builder]) => builtField(name, builder));
  return blindCast<readonly BuiltFields<F>[], "each entry made the field of its name">(built);
}

/** Named fields. */
export function struct<const F extends FieldBuilders>(fields: F): Nullable<StructOf<F>> {
  return fieldBuilder({ type: "struct", fields: builtFields(fields) });
}

/** Keys and values. Keys are never null. `keysSorted` (default false) promises their order. */
export function map<K extends FieldBuilder, V extends FieldBuilder>(
  key: K,
  value: V,
  options: { readonly keysSorted?: boolean } = {},
): Nullable<MapOf<K, V>> {
  return fieldBuilder({
    type: "map",
    key: builtField("key", fieldBuilder<K["type"]>(key.type).notNull()),
    value: builtField("value", value),
    keysSorted: options.keysSorted ?? false,
  });
}

/** Values by index into a list of distinct ones. `ordered` (default false) promises that the list is sorted. */
export function dictionary<I extends FieldBuilder, V extends FieldBuilder>(
  index: I,
  value: V,
  options: { readonly ordered?: boolean } = {},
): Nullable<DictionaryOf<I["type"], V["type"]>> {
  return fieldBuilder({ type: "dictionary", index: index.type, value: value.type, ordered: options.ordered ?? false });
}

/** Values with the rows at which their runs end. */
export function runEndEncoded<E extends FieldBuilder, V extends FieldBuilder>(
  runEnds: E,
  values: V,
): Nullable<RunEndEncodedOf<E, V>> {
  return fieldBuilder({
    type: "run_end_encoded",
    runEnds: builtField("run_ends", fieldBuilder<E["type"]>(runEnds.type).notNull()),
    values: builtField("values", values),
  });
}

/** One of several types per row; the type id of a member is its position. */
export function union<const F extends FieldBuilders>(mode: "sparse" | "dense", fields: F): Nullable<UnionOf<F>> {
  const members = builtFields(fields);
  return fieldBuilder({ type: "union", mode, fields: members, typeIds: members.map((_, index) => index) });
}

/**
 * Whether every value of a type has an equal value in another one. Reflexive and transitive; layouts of one family
 * (`utf8_view` and `utf8`) count as equal. Children of lists, maps and structs widen one by one; a struct may gain
 * nullable fields; a child that may be null does not widen to one that may not.
 *
 * @example
 * isSafeWidening({ type: "int32" }, { type: "int64" }); // true; int64 to float64 is false
 */
export function isSafeWidening(from: FieldType, to: FieldType): boolean {
  return widens(typeFamily(from), typeFamily(to));
}
