import { lazyConstant } from "@deltafuse/config/lazy-constant";
import * as z from "@deltafuse/config/zod";
import { checkDocument } from "./document-check.ts";
import { type FieldType, type NestedField, simpleTypeNames } from "./field-type.ts";

// Opaque for zod, not lazy: it keeps books of every object while it decodes what it knows to be recursive, and does not
// compile it. Documents have no cycles.
const child = z.custom<NestedField>((value) => nestedFieldSchema.safeParse(value).success);
const childType = z.custom<FieldType>((value) => fieldTypeSchema.safeParse(value).success);

/** Made when the first such type is met: most results have none. */
const typeWithMembers = lazyConstant((): z.ZodMiniType<FieldType> => {
  const units = z.enum(["s", "ms", "us", "ns"]);
  const children = z.array(child);
  return z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("decimal"),
      precision: z.int(),
      scale: z.int(),
      bitWidth: z.literal([32, 64, 128, 256]),
    }),
    z.strictObject({ type: z.literal("fixed_size_binary"), byteWidth: z.int() }),
    z.strictObject({ type: z.literal("time32"), unit: z.enum(["s", "ms"]) }),
    z.strictObject({ type: z.literal("time64"), unit: z.enum(["us", "ns"]) }),
    z.strictObject({ type: z.literal("timestamp"), unit: units, timezone: z.exactOptional(z.string()) }),
    z.strictObject({ type: z.literal("duration"), unit: units }),
    z.strictObject({ type: z.literal("interval"), unit: z.enum(["year_month", "day_time", "month_day_nano"]) }),
    z.strictObject({ type: z.literal(["list", "large_list", "list_view", "large_list_view"]), item: child }),
    z.strictObject({ type: z.literal("fixed_size_list"), item: child, size: z.int() }),
    z.strictObject({ type: z.literal("struct"), fields: children }),
    z.strictObject({ type: z.literal("map"), key: child, value: child, keysSorted: z.boolean() }),
    z.strictObject({ type: z.literal("dictionary"), index: childType, value: childType, ordered: z.boolean() }),
    z.strictObject({ type: z.literal("run_end_encoded"), runEnds: child, values: child }),
    z.strictObject({
      type: z.literal("union"),
      mode: z.enum(["sparse", "dense"]),
      fields: children,
      typeIds: z.array(z.int()),
    }),
  ]);
});

/** Shape of a type in replies of the native extension. */
export const fieldTypeSchema: z.ZodMiniType<FieldType> = z.union([
  z.strictObject({ type: z.enum(simpleTypeNames) }),
  z.custom<FieldType>((value) => checkDocument(typeWithMembers(), value).success),
]);

/** Shape of a column in replies of the native extension. */
export const nestedFieldSchema: z.ZodMiniType<NestedField> = z.strictObject({
  name: z.string(),
  type: fieldTypeSchema,
  nullable: z.boolean(),
  metadata: z.exactOptional(z.record(z.string(), z.string())),
});
