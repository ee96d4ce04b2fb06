import { blindCast } from "@deltafuse/config/casts";
import { makeData, RecordBatch, Schema, Struct, Vector, vectorFromArray } from "apache-arrow";
import type { Data, DataType, Field } from "apache-arrow";
import { fromArrowField, toArrowField } from "./arrow-type.ts";
import type { ColumnBatch, ColumnValues, ColumnView } from "./column-batch.ts";
import { childFields } from "./column-layout.ts";
import { columnView } from "./column-view.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { decodeIpcSchema } from "./ipc.ts";
import { sliceBits } from "./validity.ts";

type DataProps = Parameters<typeof makeData>[0];

/** Makes apache-arrow data of views; dictionaries become a vector once. */
class DataMaker {
  readonly #dictionaries = new WeakMap<ColumnView, Vector>();

  data(view: ColumnView, type: DataType): Data {
    const children = view.children.map((child, index) => this.data(child, childType(type, index)));
    const props = {
      type,
      length: view.length,
      nullCount: view.nullCount,
      nullBitmap: view.validity ?? undefined,
      valueOffsets: offsetsOf(view),
      ...valuesOf(view),
      children,
      child: children[0],
      dictionary: view.dictionary === null ? undefined : this.#vector(view.dictionary, type),
    };
    return makeData(blindCast<DataProps, "makeData reads the members its type needs">(props));
  }

  #vector(view: ColumnView, type: DataType): Vector {
    const known = this.#dictionaries.get(view);
    if (known !== undefined) return known;
    const vector = new Vector([
      this.data(view, blindCast<{ dictionary: DataType }, "its type is a dictionary">(type).dictionary),
    ]);
    this.#dictionaries.set(view, vector);
    return vector;
  }
}

function childType(type: DataType, index: number): DataType {
  return blindCast<Field, "a view has the children of its type">(type.children[index]).type;
}

/** Offsets; Arrow allows none for an empty column, apache-arrow wants one. */
function offsetsOf(view: ColumnView): ColumnView["offsets"] | undefined {
  if (view.offsets === null) return undefined;
  if (view.offsets.length > 0) return view.offsets;
  return view.offsets instanceof Int32Array ? new Int32Array(1) : new BigInt64Array(1);
}

function valuesOf(view: ColumnView): object {
  if (view.type.type === "union") return { typeIds: view.values };
  if (view.type.type === "utf8_view" || view.type.type === "binary_view") {
    return { views: view.values, variadicBuffers: view.variadic };
  }
  return { data: view.values ?? undefined };
}

/** Makes the RecordBatches of one result. */
export interface RecordBatchMaker {
  /** What all batches share. Writers of apache-arrow drop batches whose schema is of other classes than the table's. */
  readonly schema: Schema;
  /** The rows of a batch as a RecordBatch over the same memory. */
  make(batch: ColumnBatch): RecordBatch;
}

/**
 * Makes RecordBatches of batches with these fields. Throws `ROWS.TYPE_UNSUPPORTED` for types that apache-arrow lacks.
 *
 * @param schemaMessage - IPC schema message that holds the metadata of the schema. Default: none.
 */
export function recordBatches(fields: readonly NestedField[], schemaMessage?: Uint8Array): RecordBatchMaker {
  const arrowFields = fields.map(toArrowField);
  const metadata = schemaMessage === undefined ? undefined : decodeIpcSchema(schemaMessage).metadata;
  const schema = new Schema(arrowFields, metadata);
  const type = new Struct(schema.fields);
  const maker = new DataMaker();
  const make = (batch: ColumnBatch): RecordBatch => {
    const children = batch.columns.map((column, index) => maker.data(column, childType(type, index)));
    const made = new RecordBatch(schema, makeData({ type, length: batch.rows, nullCount: 0, children }));
    // The constructor merges fields by name: of equal names the last one's type would stand for all.
    return Object.assign(made, { schema });
  };
  return { schema, make };
}

/**
 * The rows of a batch as an apache-arrow RecordBatch over the same memory. Throws `ROWS.TYPE_UNSUPPORTED` for types that
 * apache-arrow lacks.
 */
export function toRecordBatch(batch: ColumnBatch): RecordBatch {
  return recordBatches(batch.fields).make(batch);
}

/** The members of apache-arrow's `Data`, read by shape: a program may load a second copy of the library. */
interface DataShape {
  readonly offset: number;
  readonly length: number;
  readonly nullCount: number;
  readonly values?: ColumnValues;
  readonly typeIds?: Int8Array;
  readonly nullBitmap?: Uint8Array;
  readonly valueOffsets?: Int32Array | BigInt64Array;
  readonly variadicBuffers: readonly Uint8Array[];
  readonly children: readonly DataShape[];
  readonly dictionary?: { readonly data: readonly DataShape[] };
}

function viewValues(data: DataShape, type: FieldType): ColumnValues | null {
  if (type.type === "bool" && data.values instanceof Uint8Array)
    return sliceBits(data.values, data.offset, data.length);
  return data.typeIds ?? data.values ?? null;
}

function dictionaryOf(data: DataShape, type: FieldType): ColumnView | null {
  if (type.type !== "dictionary" || data.dictionary === undefined) return null;
  const [first, ...more] = data.dictionary.data;
  if (first !== undefined && more.length === 0) return viewOf(first, type.value);
  const vector = blindCast<Vector, "the dictionary of a column is a vector">(data.dictionary);
  const [joined] = vectorFromArray([...vector], vector.type).data;
  return joined === undefined ? null : viewOf(blindCast<DataShape, "Data has this shape">(joined), type.value);
}

function viewOf(data: DataShape, type: FieldType): ColumnView {
  const bitmap = data.nullBitmap;
  const union = type.type === "union";
  return columnView({
    type,
    length: data.length,
    nullCount: union ? 0 : data.nullCount,
    validity: union || bitmap === undefined || bitmap.length === 0 ? null : sliceBits(bitmap, data.offset, data.length),
    offsets: data.valueOffsets ?? null,
    values: viewValues(data, type),
    variadic: data.variadicBuffers,
    dictionary: dictionaryOf(data, type),
    children: childFields(type).flatMap((field, index) => {
      const child = data.children[index];
      return child === undefined ? [] : [viewOf(child, field.type)];
    }),
  });
}

/** The rows of an apache-arrow RecordBatch as columns over the same memory (a bitmap that starts inside a byte is copied). */
export function toColumnBatch(batch: RecordBatch): ColumnBatch {
  const fields = batch.schema.fields.map(fromArrowField);
  const children = blindCast<readonly DataShape[], "Data has this shape">(batch.data.children);
  return {
    rows: batch.numRows,
    firstRow: 0,
    fields,
    columns: fields.flatMap((field, index) => {
      const data = children[index];
      return data === undefined ? [] : [viewOf(data, field.type)];
    }),
    toRecordBatch: () => Promise.resolve(batch),
  };
}
