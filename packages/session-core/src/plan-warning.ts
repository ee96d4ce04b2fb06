import { z } from "zod";

/** Something that a capture of a plan could not do. */
export interface PlanWarning {
  /** `UNPARSE`: SQL has no words for the plan. */
  readonly code: "UNPARSE";
  readonly message: string;
}

/** Shape of a warning in artifacts. */
export const planWarningSchema: z.ZodType<PlanWarning> = z.strictObject({
  code: z.literal("UNPARSE"),
  message: z.string(),
});
