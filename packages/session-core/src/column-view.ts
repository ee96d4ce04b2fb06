import type { ColumnValues, ColumnView } from "./column-batch.ts";
import type { FieldType } from "./field-type.ts";
import { typeUnsupported } from "./row-errors.ts";
import { stringGetter } from "./string-column.ts";
import { formatTypeText } from "./type-text.ts";
import { isValid } from "./validity.ts";

/** What a column is made of; absent members are empty. */
export interface ColumnParts {
  readonly type: FieldType;
  readonly length: number;
  readonly nullCount: number;
  readonly validity?: Uint8Array | null;
  readonly offsets?: Int32Array | BigInt64Array | null;
  readonly values?: ColumnValues | null;
  readonly variadic?: readonly Uint8Array[];
  readonly children?: readonly ColumnView[];
  readonly dictionary?: ColumnView | null;
}

const stringTypes: readonly string[] = ["utf8", "large_utf8", "utf8_view"];

/** The texts of all rows that have a value. */
function textsOf({ length, validity }: ColumnView, get: (row: number) => string | null): readonly (string | null)[] {
  const texts: (string | null)[] = [];
  texts.length = length;
  for (let row = 0; row < length; row++) texts[row] = isValid(validity, row) ? get(row) : null;
  return texts;
}

function decodeStrings(view: ColumnView): readonly (string | null)[] {
  if (!stringTypes.includes(view.type.type)) {
    throw typeUnsupported("strings()", formatTypeText(view.type), "Read the values, or cast the column to utf8.");
  }
  return textsOf(view, stringGetter(view, false));
}

function dictionaryStrings(view: ColumnView, dictionary: ColumnView): readonly (string | null)[] {
  const distinct = dictionary.strings();
  const { values } = view;
  return textsOf(view, (row) => distinct[Number(values?.[row])] ?? null);
}

class View implements ColumnView {
  readonly type: FieldType;
  readonly length: number;
  readonly nullCount: number;
  readonly validity: Uint8Array | null;
  readonly offsets: Int32Array | BigInt64Array | null;
  readonly values: ColumnValues | null;
  readonly variadic: readonly Uint8Array[];
  readonly children: readonly ColumnView[];
  readonly dictionary: ColumnView | null;
  #strings: readonly (string | null)[] | null = null;

  constructor(parts: ColumnParts) {
    this.type = parts.type;
    this.length = parts.length;
    this.nullCount = parts.nullCount;
    this.validity = parts.nullCount === 0 ? null : (parts.validity ?? null);
    this.offsets = parts.offsets ?? null;
    this.values = parts.values ?? null;
    this.variadic = parts.variadic ?? [];
    this.children = parts.children ?? [];
    this.dictionary = parts.dictionary ?? null;
  }

  strings(): readonly (string | null)[] {
    this.#strings ??= this.dictionary === null ? decodeStrings(this) : dictionaryStrings(this, this.dictionary);
    return this.#strings;
  }
}

/** Makes a column of its parts. The validity is dropped where no row is null. */
export function columnView(parts: ColumnParts): ColumnView {
  return new View(parts);
}
