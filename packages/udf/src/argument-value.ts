import type { ColumnInput, TypedColumn } from "@deltafuse/session-core/column-input";
import type { ColumnView } from "@deltafuse/session-core/column-batch";
import type {
  DecimalType,
  DurationType,
  FieldType,
  FixedSizeBinaryType,
  IntervalType,
  SimpleType,
  TimestampType,
  TimeType,
} from "@deltafuse/session-core/field-type";
import type { RowValue } from "@deltafuse/session-core/row-value";

/** How row values reach a function: exact values, or plain JavaScript values. */
export type ArgumentMode = "lossless" | "plain";

/** Spellings of types without members that are understood besides their names. */
interface Spellings {
  readonly boolean: "bool";
  readonly int: "int64";
  readonly bigint: "int64";
  readonly integer: "int32";
  readonly smallint: "int16";
  readonly tinyint: "int8";
  readonly float: "float64";
  readonly double: "float64";
  readonly real: "float32";
  readonly string: "utf8";
  readonly text: "utf8";
  readonly varchar: "utf8";
  readonly bytes: "binary";
  readonly date: "date32";
}

/** Types whose text has members in brackets. */
interface BracketTypes {
  readonly time32: Extract<TimeType, { readonly type: "time32" }>;
  readonly time64: Extract<TimeType, { readonly type: "time64" }>;
  readonly timestamp: TimestampType;
  readonly duration: DurationType;
  readonly interval: IntervalType;
  readonly fixed_size_binary: FixedSizeBinaryType;
  readonly decimal: DecimalType;
  readonly decimal32: DecimalType;
  readonly decimal64: DecimalType;
  readonly decimal128: DecimalType;
  readonly decimal256: DecimalType;
}

type ItemType<Text extends string> = Text extends `${infer Inner}!`
  ? { readonly name: "item"; readonly type: TextType<Inner>; readonly nullable: false }
  : { readonly name: "item"; readonly type: TextType<Text>; readonly nullable: true };

/** The type that a literal type text names, as far as TypeScript can tell; else never. */
export type TextType<Text extends string> = Text extends SimpleType["type"]
  ? { readonly type: Text }
  : Text extends keyof Spellings
    ? { readonly type: Spellings[Text] }
    : Text extends `${infer Name extends keyof BracketTypes}(${string})`
      ? BracketTypes[Name]
      : Text extends `${"list" | "large_list" | "list_view" | "large_list_view"}<${infer Inner}>`
        ? [TextType<Inner extends `${infer Own}!` ? Own : Inner>] extends [never]
          ? never
          : { readonly type: "list"; readonly item: ItemType<Inner> }
        : never;

/** The value of an argument in a row: unknown where the text says too little. */
export type ArgumentValue<Text extends string, Mode extends ArgumentMode> = [TextType<Text>] extends [never]
  ? unknown
  : RowValue<TextType<Text>, Mode>;

/** What a row may result in: exact or plain values, and null. */
export type ResultValue<Text extends string> = [TextType<Text>] extends [never]
  ? unknown
  : | RowValue<TextType<Text>>
    | RowValue<TextType<Text>, "plain">
    | (TextType<Text> extends DecimalType ? number | bigint : never)
    | null;

/** Typed arrays of types with one element, or bits, per row. */
interface TypedArrays {
  readonly bool: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly float16: Uint16Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly date32: Int32Array;
  readonly date64: BigInt64Array;
  readonly time32: Int32Array;
  readonly time64: BigInt64Array;
  readonly timestamp: BigInt64Array;
  readonly duration: BigInt64Array;
}

type TypedArrayOf<T extends FieldType> = T["type"] extends keyof TypedArrays ? TypedArrays[T["type"]] : never;

/** The column of an argument; with its typed array where the type has one. */
export type ArgumentColumn<Text extends string> = [TypedArrayOf<TextType<Text>>] extends [never]
  ? ColumnView
  : ColumnView & { readonly values: TypedArrayOf<TextType<Text>> };

/** Typed arrays of results: also those with several elements per row. */
interface ResultArrays extends TypedArrays {
  readonly decimal: Uint32Array;
  readonly interval: Int32Array;
  readonly fixed_size_binary: Uint8Array;
}

type ResultArrayOf<T extends FieldType> = T["type"] extends keyof ResultArrays ? ResultArrays[T["type"]] : never;

/** What a batch may result in: values row by row, the typed array of the type, the same with validity, or a column. */
export type ResultColumn<Text extends string> = [TextType<Text>] extends [never]
  ? ColumnInput
  : | readonly ResultValue<Text>[]
    | ResultArrayOf<TextType<Text>>
    | (TypedColumn & { readonly values: ResultArrayOf<TextType<Text>> })
    | ColumnView;
