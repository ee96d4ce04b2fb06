import * as z from "@deltafuse/config/zod";

/** Something that a capture of a plan could not do, or that a reader of it may not understand. */
export interface PlanWarning {
  /**
   * `SUBSTRAIT`: of the plan for other engines; `PROTO`: the plan has no form in the encoding of the engine; `UNPARSE`: SQL
   * has no words for the plan.
   */
  readonly code: "SUBSTRAIT" | "PROTO" | "UNPARSE";
  readonly message: string;
}

/** Shape of a warning in artifacts. */
export const planWarningSchema: z.ZodMiniType<PlanWarning> = z.strictObject({
  code: z.enum(["SUBSTRAIT", "PROTO", "UNPARSE"]),
  message: z.string(),
});
