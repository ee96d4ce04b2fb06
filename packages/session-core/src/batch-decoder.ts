import { invariant } from "@deltafuse/config/errors";
import type { Schema } from "apache-arrow";
import type { RecordBatchMaker } from "./arrow-batch.ts";
import type { ColumnBatch, ColumnView } from "./column-batch.ts";
import { bufferRoles, childFields, offsetsClass, valuesClass } from "./column-layout.ts";
import type { ArrayClass } from "./column-layout.ts";
import { columnView } from "./column-view.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import type { NativeBatch } from "./native-binding.ts";

/** Turns the batches of one stream into columns. It keeps dictionaries, which are sent only when they change. */
export interface BatchDecoder {
  /** Columns over the memory of the batch; nothing is copied. Batches must come in order. */
  decode(batch: NativeBatch): ColumnBatch;
  /** Schema of the RecordBatches; loads apache-arrow. Rejects with `ROWS.TYPE_UNSUPPORTED` for types it lacks. */
  schema(): Promise<Schema>;
}

type Allocation = Pick<NativeBatch, "header" | "data">;

/** Dictionaries of a stream by id: those just received, and those decoded. */
interface Dictionaries {
  readonly received: Map<number, Allocation>;
  readonly decoded: Map<number, ColumnView>;
}

interface BufferRange {
  readonly offset: number;
  readonly bytes: number;
}

/** Walks the header of one allocation: a count of rows, then the nodes in pre-order. */
class NodeReader {
  readonly #allocation: Allocation;
  readonly #dictionaries: Dictionaries;
  #position = 1;

  constructor(allocation: Allocation, dictionaries: Dictionaries) {
    this.#allocation = allocation;
    this.#dictionaries = dictionaries;
  }

  get ended(): boolean {
    return this.#position === this.#allocation.header.length;
  }

  view(type: FieldType): ColumnView {
    const length = this.#number();
    const nullCount = this.#number();
    const ranges = Array.from({ length: this.#number() }, () => ({ offset: this.#number(), bytes: this.#number() }));
    const roles = bufferRoles(type);
    const range = (role: "validity" | "offsets" | "values"): BufferRange => {
      const index = roles.indexOf(role);
      return ranges[index] ?? { offset: 0, bytes: 0 };
    };
    return columnView({
      type,
      length,
      nullCount,
      validity: roles.includes("validity") ? this.#array(range("validity"), Uint8Array) : null,
      offsets: roles.includes("offsets") ? this.#array(range("offsets"), offsetsClass(type)) : null,
      values: roles.includes("values") ? this.#array(range("values"), valuesClass(type)) : null,
      variadic: ranges.slice(roles.length).map((data) => this.#array(data, Uint8Array)),
      dictionary: type.type === "dictionary" ? this.#dictionary(this.#number(), type.value) : null,
      children: childFields(type).map((field) => this.view(field.type)),
    });
  }

  #number(): number {
    const value = this.#allocation.header[this.#position];
    invariant(value !== undefined, "The header of a batch ends too early");
    this.#position += 1;
    return value;
  }

  #array<T>(range: BufferRange, arrayClass: ArrayClass<T>): T {
    const { offset, bytes } = range;
    return new arrayClass(this.#allocation.data, offset, Math.floor(bytes / arrayClass.BYTES_PER_ELEMENT));
  }

  #dictionary(id: number, value: FieldType): ColumnView {
    const { received, decoded } = this.#dictionaries;
    const allocation = received.get(id);
    if (allocation !== undefined) {
      received.delete(id);
      decoded.set(id, new NodeReader(allocation, this.#dictionaries).view(value));
    }
    const view = decoded.get(id);
    invariant(view !== undefined, `Dictionary ${id} was never sent`);
    return view;
  }
}

class Decoder implements BatchDecoder {
  readonly #fields: readonly NestedField[];
  readonly #dictionaries: Dictionaries = { received: new Map(), decoded: new Map() };
  #rows = 0;
  readonly #schemaMessage: Uint8Array | undefined;
  #recordBatches: Promise<RecordBatchMaker> | null = null;

  constructor(fields: readonly NestedField[], schemaMessage: Uint8Array | undefined) {
    this.#fields = fields;
    this.#schemaMessage = schemaMessage;
  }

  async schema(): Promise<Schema> {
    const { schema } = await this.#makeRecordBatches();
    return schema;
  }

  decode(batch: NativeBatch): ColumnBatch {
    for (const dictionary of batch.dictionaries) this.#dictionaries.received.set(dictionary.id, dictionary);
    const nodes = new NodeReader(batch, this.#dictionaries);
    const columns = this.#fields.map((field) => nodes.view(field.type));
    invariant(nodes.ended, "The header of a batch has more nodes than its schema");
    const rows = batch.header[0] ?? 0;
    const firstRow = this.#rows;
    this.#rows += rows;
    const decoded: ColumnBatch = {
      rows,
      firstRow,
      fields: this.#fields,
      columns,
      toRecordBatch: async () => (await this.#makeRecordBatches()).make(decoded),
    };
    return decoded;
  }

  #makeRecordBatches(): Promise<RecordBatchMaker> {
    this.#recordBatches ??= import("./arrow-batch.ts").then((module) =>
      module.recordBatches(this.#fields, this.#schemaMessage),
    );
    return this.#recordBatches;
  }
}

/**
 * Starts the decoding of a stream whose batches have these fields (as stored, see {@link ColumnBatch.fields}).
 *
 * @param schemaMessage - IPC schema message that holds the metadata of the schema. Default: none.
 */
export function batchDecoder(fields: readonly NestedField[], schemaMessage?: Uint8Array): BatchDecoder {
  return new Decoder(fields, schemaMessage);
}
