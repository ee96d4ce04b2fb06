import type { NestedField } from "@deltafuse/session-core/field-type";
import type { FieldValue, RowMode } from "@deltafuse/session-core/row-value";
import * as z from "@deltafuse/config/zod";
import type { ConstraintSpec } from "./constraint.ts";
import { specInvalid } from "./errors.ts";
import type { BuiltFields, FieldBuilders } from "./field-builder.ts";
import { expressionShape, fieldShape } from "./field-shape.ts";
import { builtFields } from "./field-type.ts";
import { assertSpec } from "./spec-problem.ts";

/** A column of a table spec. */
export type FieldSpec = NestedField;

/**
 * The description of a table: plain data that `JSON.stringify` writes and {@link parseTableSpec} reads. `F` is the union
 * of its columns, from which {@link RowOf} makes the type of a row.
 */
export interface TableSpec<F extends FieldSpec = FieldSpec> {
  readonly kind: "table-spec";
  /** Version of this form. */
  readonly version: 1;
  readonly name: string;
  /** Columns in their order. */
  readonly fields: readonly F[];
  /** Columns that identify a row; none is nullable. Empty: rows have no key. */
  readonly keyFields: readonly string[];
  /** Nullable columns in which a null is a violation all the same. */
  readonly requiredNonNull: readonly string[];
  readonly constraints: readonly ConstraintSpec[];
}

/** What a table has beside its columns. */
export interface TableOptions<Column extends string = string> {
  /** Columns that identify a row. Each must be `notNull()`. Default: none. */
  readonly key?: readonly NoInfer<Column>[];
  /** Nullable columns in which a null is a violation all the same. Default: none. */
  readonly requiredNonNull?: readonly NoInfer<Column>[];
  /** Default: none. */
  readonly constraints?: readonly ConstraintSpec[];
}

/** A row of a table as it is read; nulls are `null`. */
export type RowOf<S extends TableSpec, Mode extends RowMode = "lossless"> = {
  readonly [F in S["fields"][number] as F["name"]]: FieldValue<F, Mode>;
};

/** A row of a table as it is written: nullable columns may be left out. */
export type InsertRowOf<S extends TableSpec> = {
  readonly [F in S["fields"][number] as F["nullable"] extends false ? F["name"] : never]: FieldValue<F>;
} & {
  readonly [F in S["fields"][number] as F["nullable"] extends false ? never : F["name"]]?: FieldValue<F>;
};

/**
 * Describes a table. Columns have the order of the object; names that are whole numbers come first, as JavaScript orders
 * them (write such a table as JSON for {@link parseTableSpec}).
 *
 * Throws `SCHEMA.SPEC_INVALID` with every problem: empty or repeated names, unknown columns in keys and constraints, a
 * nullable key column, members of types out of their range, two different primary keys.
 *
 * @example
 * const orders = table("orders", { id: int64().notNull(), at: timestamp("us", "UTC"), tags: list(utf8()) }, { key: ["id"] });
 * type Order = RowOf<typeof orders>; // { id: bigint; at: TimestampValue | null; tags: (string | null)[] | null }
 */
export function table<const F extends FieldBuilders>(
  name: string,
  fields: F,
  options: TableOptions<keyof F & string> = {},
): TableSpec<BuiltFields<F>> {
  const { key = [], requiredNonNull = [], constraints = [] } = options;
  const spec = { name, fields: builtFields(fields), keyFields: key, requiredNonNull, constraints };
  assertSpec(spec);
  return { kind: "table-spec", version: 1, ...spec };
}

const names = z.array(z.string());

const constraintShape: z.ZodMiniType<ConstraintSpec> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal(["primary_key", "unique"]), columns: names }),
  z.strictObject({ type: z.literal("not_null"), column: z.string() }),
  z.strictObject({ type: z.literal("check"), name: z.exactOptional(z.string()), expression: expressionShape }),
]);

const specShape: z.ZodMiniType<TableSpec> = z.strictObject({
  kind: z._default(z.literal("table-spec"), "table-spec"),
  version: z._default(z.literal(1), 1),
  name: z.string(),
  fields: z.array(fieldShape),
  keyFields: z._default(names, []),
  requiredNonNull: z._default(names, []),
  constraints: z._default(z.array(constraintShape), []),
});

/**
 * Reads a table spec from its JSON form. Members with a default may be left out (`nullable: true`, decimal `scale: 0` and
 * `bitWidth: 128`, empty lists), a type may be a text such as `"list<utf8!>"`, a check SQL text. Unknown members are
 * refused.
 *
 * Throws `SCHEMA.SPEC_INVALID` with every problem.
 */
export function parseTableSpec(json: unknown): TableSpec {
  const read = specShape.safeParse(json, { error: z.en().localeError });
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
    throw specInvalid(nameOf(json), problems, []);
  }
  assertSpec(read.data);
  return read.data;
}

function nameOf(json: unknown): string | null {
  if (typeof json !== "object" || json === null || !("name" in json)) return null;
  return typeof json.name === "string" ? json.name : null;
}
