import { DuckDBDoubleType, DuckDBScalarFunction, DuckDBVarCharType } from "@duckdb/node-api";
import { curve, label } from "../contestant.ts";

const curveNamed = (name: string): DuckDBScalarFunction =>
  DuckDBScalarFunction.create({
    name,
    parameterTypes: [DuckDBDoubleType.instance],
    returnType: DuckDBDoubleType.instance,
    mainFunction: (_info, input, output) => {
      const x = input.getColumnVector(0);
      const rows = input.rowCount;
      for (let row = 0; row < rows; row++) output.setItem(row, curve(Number(x.getItem(row))));
      output.flush();
    },
  });

const jsLabel = (): DuckDBScalarFunction =>
  DuckDBScalarFunction.create({
    name: "js_label",
    parameterTypes: [DuckDBVarCharType.instance],
    returnType: DuckDBVarCharType.instance,
    mainFunction: (_info, input, output) => {
      const text = input.getColumnVector(0);
      const rows = input.rowCount;
      for (let row = 0; row < rows; row++) output.setItem(row, label(String(text.getItem(row))));
      output.flush();
    },
  });

/** Functions of the workloads. It has one form, of chunks of rows, for all of them. */
export const jsFunctions: readonly (() => DuckDBScalarFunction)[] = [
  () => curveNamed("js_curve"),
  jsLabel,
  () => curveNamed("js_curve_row"),
];
