import type { ColumnBatch } from "./column-batch.ts";
import { objectGetter, setOwn } from "./nested-getters.ts";
import { generateRows, generateVisit } from "./row-code.ts";
import type { Generated, VisitFunction } from "./row-code.ts";
import { getterBinder } from "./row-getters.ts";
import type { ValuePlan } from "./row-plan.ts";
import { blindCast } from "@deltafuse/config/casts";

/** Plans of the columns of a result, and the property name of each. */
export interface RowPlan {
  readonly values: readonly ValuePlan[];
  readonly names: readonly string[];
}

/** A program that was bound to the columns of one batch. */
export interface BoundProgram {
  /** Fresh objects of the rows `start` to `end`. */
  rows(start: number, end: number): object[];
  /** Visits the rows `start` to `end` with one object that is overwritten. */
  visit(start: number, end: number, visit: (row: object) => void): void;
}

/** Makes the rows of batches with one schema. */
export interface RowProgram {
  bind(batch: ColumnBatch): BoundProgram;
}

function emptyRow(names: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const name of names) setOwn(row, name, null);
  return row;
}

/** A program of generated code. Throws EvalError where code generation is forbidden. */
export function generatedProgram(plan: RowPlan): RowProgram {
  const { parts: readers, run } = generateRows(plan.values, plan.names);
  let visitor: Generated<VisitFunction> | null = null;
  return {
    bind: ({ columns }) => {
      const parts = readers.map((read) => read(columns));
      return {
        rows: (start, end) => run(parts, start, end),
        visit: (start, end, visit) => {
          visitor ??= generateVisit(plan.values, plan.names);
          const own = visitor.parts.map((read) => read(columns));
          visitor.run(own, [start, end], { row: emptyRow(plan.names), visit });
        },
      };
    },
  };
}

/** A program of closures: slower, the same rows. */
export function closureProgram(plan: RowPlan): RowProgram {
  const binders = plan.values.map(getterBinder);
  return {
    bind: ({ columns }) => {
      const getters = binders.flatMap((bind, index) => {
        const column = columns[index];
        return column === undefined ? [] : [bind(column)];
      });
      const make = objectGetter(plan.names, getters);
      return {
        rows: (start, end) =>
          Array.from({ length: end - start }, (_, index) =>
            blindCast<object, "the getter of objects makes them">(make(start + index)),
          ),
        visit: (start, end, visit) => {
          const row = emptyRow(plan.names);
          for (let index = start; index < end; index++) {
            for (const [column, name] of plan.names.entries()) row[name] = getters[column]?.(index);
            visit(row);
          }
        },
      };
    },
  };
}

/** Generated code, or closures where the process forbids code generation. */
export function rowProgram(plan: RowPlan): RowProgram {
  try {
    return generatedProgram(plan);
  } catch (error) {
    if (error instanceof EvalError) return closureProgram(plan);
    throw error;
  }
}
