import type { ExpressionNode } from "@deltafuse/session-core/frame-plan";
import { type FieldType, type NestedField, simpleTypeNames } from "@deltafuse/session-core/field-type";
import { parseTypeText } from "@deltafuse/session-core/type-text";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import * as z from "@deltafuse/config/zod";

const units = z.enum(["s", "ms", "us", "ns"]);
const metadata = z.record(z.string(), z.string());
const child = z.lazy(() => fieldShape);
const childType = z.lazy(() => typeShape);
const children = z.array(child);

const typeDocument: z.ZodMiniType<FieldType> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(simpleTypeNames) }),
  z.strictObject({
    type: z.literal("decimal"),
    precision: z.int(),
    scale: z._default(z.int(), 0),
    bitWidth: z._default(z.literal([32, 64, 128, 256]), 128),
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
  z.strictObject({
    type: z.literal("map"),
    key: z.lazy(() => neverNullShape),
    value: child,
    keysSorted: z._default(z.boolean(), false),
  }),
  z.strictObject({
    type: z.literal("dictionary"),
    index: childType,
    value: childType,
    ordered: z._default(z.boolean(), false),
  }),
  z.strictObject({ type: z.literal("run_end_encoded"), runEnds: z.lazy(() => neverNullShape), values: child }),
  z.strictObject({
    type: z.literal("union"),
    mode: z.enum(["sparse", "dense"]),
    fields: children,
    typeIds: z.array(z.int()),
  }),
]);

/** A type as text or as a document whose members with a default may be left out. */
const typeShape: z.ZodMiniType<FieldType> = z.pipe(
  z.transform((value, { issues }): unknown => {
    if (typeof value !== "string") return value;
    try {
      return parseTypeText(value);
    } catch (error) {
      if (!isDeltaFuseError(error, "SQL.TYPE_UNKNOWN")) throw error;
      issues.push({ code: "custom", message: error.message, input: value });
      return z.NEVER;
    }
  }),
  typeDocument,
);

/** A field; nullable unless it says otherwise. */
export const fieldShape: z.ZodMiniType<NestedField> = z.strictObject({
  name: z.string(),
  type: typeShape,
  nullable: z._default(z.boolean(), true),
  metadata: z.exactOptional(metadata),
});

/** A map key or run end. */
const neverNullShape: z.ZodMiniType<NestedField> = z.strictObject({
  name: z.string(),
  type: typeShape,
  nullable: z._default(z.literal(false), false),
  metadata: z.exactOptional(metadata),
});

function isExpressionNode(value: unknown): value is ExpressionNode {
  return typeof value === "object" && value !== null && "e" in value && typeof value.e === "string";
}

/** SQL text or the tree of an expression, whose members the engine checks where it is used. */
export const expressionShape: z.ZodMiniType<ExpressionNode> = z.pipe(
  z.transform((value): unknown => (typeof value === "string" ? { e: "sql", text: value } : value)),
  z.custom<ExpressionNode>(isExpressionNode, "Expected SQL text or the tree of an expression."),
);
