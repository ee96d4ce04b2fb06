import { defineScalar, type ScalarFunction } from "@deltafuse/udf/scalar-function";
import { curve, label } from "../contestant.ts";

const jsCurve: ScalarFunction = defineScalar({
  name: "js_curve",
  args: { x: "float64" },
  returns: "float64",
  volatility: "immutable",
  callColumns: ({ x }, { rows }) => {
    const result = new Float64Array(rows);
    for (let row = 0; row < rows; row++) result[row] = curve(x.values[row] ?? 0);
    return result;
  },
});

const jsLabel: ScalarFunction = defineScalar({
  name: "js_label",
  args: { text: "utf8" },
  returns: "utf8",
  volatility: "immutable",
  callColumns: ({ text }) => text.strings().map((value) => (value === null ? null : label(value))),
});

const jsCurveRow: ScalarFunction = defineScalar({
  name: "js_curve_row",
  args: { x: "float64" },
  returns: "float64",
  volatility: "immutable",
  call: curve,
});

/** Functions of the workloads, in both forms: of whole columns and of single values. */
export const jsFunctions: readonly ScalarFunction[] = [jsCurve, jsLabel, jsCurveRow];
