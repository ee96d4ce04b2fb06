import type { FieldType, NestedField } from "./field-type.ts";
import type { DateValue, DecimalValue, DurationValue, IntervalValue, TimestampValue, TimeValue } from "./values.ts";

/** How values leave: exact value objects, plain JavaScript values, or values that JSON holds. */
export type RowMode = "lossless" | "plain" | "json";

interface CommonValues {
  null: null;
  bool: boolean;
  int8: number;
  int16: number;
  int32: number;
  uint8: number;
  uint16: number;
  uint32: number;
  float16: number;
  float32: number;
  float64: number;
  utf8: string;
  large_utf8: string;
  utf8_view: string;
  binary: Uint8Array;
  large_binary: Uint8Array;
  binary_view: Uint8Array;
  fixed_size_binary: Uint8Array;
  interval: IntervalValue;
}

interface LosslessValues extends CommonValues {
  int64: bigint;
  uint64: bigint;
  decimal: DecimalValue;
  date32: DateValue;
  date64: DateValue;
  time32: TimeValue;
  time64: TimeValue;
  timestamp: TimestampValue;
  duration: DurationValue;
}

interface PlainValues extends CommonValues {
  int64: number;
  uint64: number;
  decimal: string;
  date32: Date;
  date64: Date;
  time32: string;
  time64: string;
  timestamp: Date;
  duration: number;
}

interface JsonValues {
  null: null;
  bool: boolean;
  int8: number;
  int16: number;
  int32: number;
  uint8: number;
  uint16: number;
  uint32: number;
  int64: string;
  uint64: string;
  /** NaN and infinities are strings. */
  float16: number | string;
  float32: number | string;
  float64: number | string;
  utf8: string;
  large_utf8: string;
  utf8_view: string;
  binary: string;
  large_binary: string;
  binary_view: string;
  fixed_size_binary: string;
  decimal: string;
  date32: string;
  date64: string;
  time32: string;
  time64: string;
  timestamp: string;
  duration: string;
  interval: string;
}

interface ScalarValues {
  lossless: LosslessValues;
  plain: PlainValues;
  json: JsonValues;
}

/** Value of a field: that of its type, or null where it is nullable. */
export type FieldValue<F extends NestedField, Mode extends RowMode = "lossless"> = F["nullable"] extends false
  ? RowValue<F["type"], Mode>
  : RowValue<F["type"], Mode> | null;

type StructValue<Fields extends readonly NestedField[], Mode extends RowMode> = {
  -readonly [F in Fields[number] as F["name"]]: FieldValue<F, Mode>;
};

type MapValue<K extends NestedField, V extends NestedField, Mode extends RowMode> = Mode extends "json"
  ? RowValue<K["type"], Mode> extends string
    ? Record<string, FieldValue<V, Mode>>
    : [RowValue<K["type"], Mode>, FieldValue<V, Mode>][]
  : Map<RowValue<K["type"], Mode>, FieldValue<V, Mode>>;

type UnionValue<Fields extends readonly NestedField[], Mode extends RowMode> = Mode extends "lossless"
  ? { tag: Fields[number]["name"]; value: FieldValue<Fields[number], Mode> }
  : FieldValue<Fields[number], Mode>;

/**
 * The JavaScript value of an Arrow type in a row: `RowValue<{ type: "int64" }>` is bigint, with mode `plain` number.
 */
export type RowValue<
  T extends FieldType,
  Mode extends RowMode = "lossless",
> = T["type"] extends keyof ScalarValues[Mode]
  ? ScalarValues[Mode][T["type"]]
  : T extends { readonly item: infer Item extends NestedField }
    ? FieldValue<Item, Mode>[]
    : T extends { readonly type: "struct"; readonly fields: infer Fields extends readonly NestedField[] }
      ? StructValue<Fields, Mode>
      : T extends {
            readonly type: "map";
            readonly key: infer K extends NestedField;
            readonly value: infer V extends NestedField;
          }
        ? MapValue<K, V, Mode>
        : T extends { readonly type: "union"; readonly fields: infer Fields extends readonly NestedField[] }
          ? UnionValue<Fields, Mode>
          : T extends { readonly type: "dictionary"; readonly value: infer V extends FieldType }
            ? RowValue<V, Mode>
            : T extends { readonly type: "run_end_encoded"; readonly values: infer V extends NestedField }
              ? FieldValue<V, Mode>
              : never;
