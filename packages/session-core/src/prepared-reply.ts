import { lazyConstant } from "@deltafuse/config/lazy-constant";
import * as z from "@deltafuse/config/zod";
import { fieldTypeSchema } from "./field-schema.ts";
import type { FieldType } from "./field-type.ts";
import { type FrameReply, frameReplyMembers } from "./native-session.ts";
import { type StatementInfo, statementSchema } from "./sql-statement.ts";

/** What is told of a prepared query. */
export interface PreparedReply extends FrameReply {
  /** The query. */
  readonly sql: string;
  readonly statement: StatementInfo;
  /** In the order of their names; null where any type will do. */
  readonly parameters: readonly { readonly name: string; readonly type: FieldType | null }[];
  /** In microseconds. */
  readonly timings: { readonly parseUs: number; readonly analyzeUs: number };
}

/** Shape of what is told of a prepared query. */
export const preparedSchema: () => z.ZodMiniType<PreparedReply> = lazyConstant(() =>
  z.strictObject({
    ...frameReplyMembers,
    sql: z.string(),
    statement: statementSchema,
    parameters: z.array(z.strictObject({ name: z.string(), type: z.nullable(fieldTypeSchema) })),
    timings: z.strictObject({ parseUs: z.int(), analyzeUs: z.int() }),
  }),
);
