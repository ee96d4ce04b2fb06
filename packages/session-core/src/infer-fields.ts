import { describeValue } from "./build-context.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { typeUnsupported, valueInvalid } from "./row-errors.ts";
import { formatTypeText } from "./type-text.ts";
import { scalarType, typedArrayItem } from "./value-type.ts";

/** Where a value was found. */
interface Place {
  readonly path: string;
  readonly row: number;
  readonly depth: number;
}

/** Integers so far, by their range; a float64 in between makes all of them one. */
interface Integers {
  readonly kind: "integer";
  readonly least: bigint;
  readonly most: bigint;
}

/** What is known of the type of one column or child. */
type Known =
  | Integers
  | { readonly kind: "scalar"; readonly type: FieldType }
  | { readonly kind: "list"; readonly item: Inference }
  | { readonly kind: "struct"; readonly fields: Map<string, Inference> }
  | { readonly kind: "map"; readonly key: Inference; readonly value: Inference };

const deepest = 64;
const float64: FieldType = { type: "float64" };
const uint64Most = 2n ** 64n - 1n;
const safeMost = BigInt(Number.MAX_SAFE_INTEGER);
const decimalMost = 10n ** 38n - 1n;

function isSafe({ least, most }: Integers): boolean {
  return least >= -safeMost && most <= safeMost;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function integerType({ least, most }: Integers): FieldType {
  if (BigInt.asIntN(64, least) === least && BigInt.asIntN(64, most) === most) return { type: "int64" };
  if (least >= 0n && most <= uint64Most) return { type: "uint64" };
  return { type: "decimal", precision: 38, scale: 0, bitWidth: 128 };
}

function unsupported(value: unknown, place: Place): never {
  const what = place.depth > deepest ? "something nested without end" : describeValue(value);
  throw typeUnsupported(
    `${place.path} in row ${place.row}`,
    what,
    "Use strings, numbers, bigints, booleans, Dates, Uint8Arrays, value objects, arrays, Maps and plain objects.",
  );
}

/** Collects the type of the values of one column, or of one child of it. */
class Inference {
  #known: Known | null = null;

  observe(value: unknown, place: Place): void {
    if (value === null || value === undefined) return;
    if (place.depth > deepest) unsupported(value, place);
    if (typeof value === "number") this.#number(value, place);
    else if (typeof value === "bigint") this.#integer(value, place);
    else this.#object(value, place);
  }

  /** The type of all values seen; `null` when there was none. */
  type(): FieldType {
    const known = this.#known;
    switch (known?.kind) {
      case undefined:
        return { type: "null" };
      case "integer":
        return integerType(known);
      case "scalar":
        return known.type;
      case "list":
        return { type: "list", item: known.item.field("item") };
      case "struct":
        return { type: "struct", fields: fieldsOf(known.fields) };
      case "map": {
        const key = { ...known.key.field("key"), nullable: false };
        return { type: "map", key, value: known.value.field("value"), keysSorted: false };
      }
      default:
        return known;
    }
  }

  field(name: string): NestedField {
    return { name, type: this.type(), nullable: true };
  }

  #number(value: number, place: Place): void {
    if (Number.isSafeInteger(value)) {
      if (this.#known?.kind === "integer" && isBetween(value, this.#known)) return;
      this.#integer(BigInt(value), place);
      return;
    }
    if (this.#known?.kind === "integer" && isSafe(this.#known)) this.#known = null;
    this.#scalar(float64, place);
  }

  #integer(value: bigint, place: Place): void {
    const known = this.#known;
    if (value > decimalMost || value < -decimalMost) unsupported(value, place);
    const one: Integers = { kind: "integer", least: value, most: value };
    if (known === null) {
      this.#known = one;
    } else if (known.kind === "integer") {
      const least = value < known.least ? value : known.least;
      this.#known = { kind: "integer", least, most: value > known.most ? value : known.most };
    } else if (!(known.kind === "scalar" && known.type.type === "float64" && isSafe(one))) {
      this.#conflict(integerType(one), place);
    }
  }

  #scalar(type: FieldType, place: Place): void {
    const known = this.#known;
    if (known === null) this.#known = { kind: "scalar", type };
    else if (known.kind !== "scalar") this.#conflict(type, place);
    else if (known.type.type !== type.type || formatTypeText(known.type) !== formatTypeText(type)) {
      this.#conflict(type, place);
    }
  }

  #object(value: unknown, place: Place): void {
    const scalar = scalarType(value);
    const item = scalar === null ? typedArrayItem(value) : null;
    if (scalar !== null) this.#scalar(scalar, place);
    else if (item !== null) this.#list(place).#scalarItem(item, place);
    else if (Array.isArray(value)) this.#items(value, place);
    else if (value instanceof Map) this.#entries(value, place);
    else if (isPlainObject(value)) this.#properties(value, place);
    else unsupported(value, place);
  }

  #scalarItem(type: FieldType, place: Place): void {
    if (type.type === "int64" && this.#known?.kind === "integer" && integerType(this.#known).type === "int64") return;
    if (type.type === "int64" && this.#known === null) this.#integer(0n, place);
    else this.#scalar(type, { ...place, path: `${place.path}[]` });
  }

  #list(place: Place): Inference {
    this.#known ??= { kind: "list", item: new Inference() };
    if (this.#known.kind === "list") return this.#known.item;
    return this.#conflict({ type: "list", item: new Inference().field("item") }, place);
  }

  #items(values: readonly unknown[], place: Place): void {
    const item = this.#list(place);
    const inner = { path: `${place.path}[]`, row: place.row, depth: place.depth + 1 };
    for (const value of values) item.observe(value, inner);
  }

  #entries(values: ReadonlyMap<unknown, unknown>, place: Place): void {
    this.#known ??= { kind: "map", key: new Inference(), value: new Inference() };
    const known = this.#known;
    const inner = { path: `${place.path}{}`, row: place.row, depth: place.depth + 1 };
    if (known.kind !== "map") {
      const field = new Inference().field("value");
      this.#conflict({ type: "map", key: field, value: field, keysSorted: false }, place);
    } else {
      for (const [key, value] of values) {
        known.key.observe(key, inner);
        known.value.observe(value, inner);
      }
    }
  }

  #properties(value: object, place: Place): void {
    this.#known ??= { kind: "struct", fields: new Map() };
    const known = this.#known;
    if (known.kind === "struct") observeProperties(known.fields, value, place);
    else this.#conflict({ type: "struct", fields: [] }, place);
  }

  #conflict(type: FieldType, place: Place): never {
    const known = formatTypeText(this.type());
    throw valueInvalid(place, {
      type: known,
      actual: formatTypeText(type),
      reason: "the rows before have another type; convert the values, or give the fields with their types",
    });
  }
}

function isBetween(value: number, { least, most }: Integers): boolean {
  return value >= least && value <= most;
}

function observeProperties(fields: Map<string, Inference>, value: object, place: Place): void {
  for (const [name, property] of Object.entries(value)) {
    let inference = fields.get(name);
    if (inference === undefined) {
      inference = new Inference();
      fields.set(name, inference);
    }
    const path = place.depth === 0 ? name : `${place.path}.${name}`;
    inference.observe(property, { path, row: place.row, depth: place.depth + 1 });
  }
}

function fieldsOf(fields: ReadonlyMap<string, Inference>): readonly NestedField[] {
  return [...fields].map(([name, inference]) => inference.field(name));
}

/**
 * Fields for rows of JavaScript values: all properties of all rows, in the order they first appear, nullable. Safe integers
 * and bigints are int64 (uint64, else decimal128(38,0) where they do not fit), other numbers float64, Dates
 * timestamp(ms, UTC), value objects their type, typed arrays lists of their element, null alone null.
 *
 * Integers and floats in one column are float64. Other mixtures throw `ROWS.VALUE_INVALID {path, row, type, actual}` with
 * the type of the rows before and that of the value; values without a type throw `ROWS.TYPE_UNSUPPORTED`.
 */
export function inferFields(rows: readonly object[]): readonly NestedField[] {
  const fields = new Map<string, Inference>();
  for (const [row, value] of rows.entries()) {
    if (typeof value !== "object" || value === null) {
      throw valueInvalid(
        { path: "The data", row },
        { type: "struct", actual: describeValue(value), reason: "a row is an object" },
      );
    }
    observeProperties(fields, value, { path: "", row, depth: 0 });
  }
  return fieldsOf(fields);
}

/**
 * The type of one value, by the rules of {@link inferFields}. `path` names it in errors. Throws `ROWS.VALUE_INVALID` for a
 * list of mixed items, `ROWS.TYPE_UNSUPPORTED` for a value without a type.
 */
export function inferType(value: unknown, path: string): FieldType {
  const inference = new Inference();
  inference.observe(value, { path, row: 0, depth: 1 });
  return inference.type();
}
