import type { OptionProblem } from "@deltafuse/dataset-io/option-shape";
import { invalidSpec } from "./errors.ts";

/** Refuses options as `DELTA.INVALID_SPEC`. */
export const refuseOptions: { readonly at: string; readonly error: (problem: OptionProblem) => Error } = {
  at: "",
  error: ({ option, reason }) => invalidSpec(option, reason),
};
