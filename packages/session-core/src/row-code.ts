import { blindCast } from "@deltafuse/config/casts";
import { codeWriter } from "./code-writer.ts";
import type { CodeSite, CodeWriter, PartReader } from "./code-writer.ts";
import type { ColumnView } from "./column-batch.ts";
import type { ValuePlan } from "./row-plan.ts";
import { valueCodes } from "./value-code.ts";

/** Makes the rows `start` to `end` out of the parts of a batch. */
export type RowsFunction = (parts: readonly unknown[], start: number, end: number) => object[];

/** What a visit overwrites per row and calls with it. */
export interface VisitTarget {
  readonly row: object;
  readonly visit: (row: object) => void;
}

/** Visits the rows `range[0]` to `range[1]` with one object. */
export type VisitFunction = (parts: readonly unknown[], range: readonly [number, number], target: VisitTarget) => void;

/** A generated function with the readers of its parts. */
export interface Generated<F> {
  readonly run: F;
  readonly parts: readonly PartReader[];
}

function childSite(site: CodeSite, index: number, pick: (view: ColumnView) => ColumnView | undefined): CodeSite {
  return {
    ...site,
    plan: blindCast<ValuePlan, "a plan has one child per child of its type">(site.plan.children[index]),
    find: (columns) => {
      const view = site.find(columns);
      return view === undefined ? undefined : pick(view);
    },
  };
}

/** A property of an object literal; `__proto__` is one of its own only when it is computed. */
function property(name: string, value: string): string {
  return name === "__proto__" ? `["__proto__"]: ${value}` : `${JSON.stringify(name)}: ${value}`;
}

function structCode(writer: CodeWriter, site: CodeSite): string {
  const properties = site.plan.names.map((name, index) =>
    property(
      name,
      valueCode(
        writer,
        childSite(site, index, (view) => view.children[index]),
      ),
    ),
  );
  return `({${properties.join(", ")}})`;
}

function numberOffsets({ offsets }: ColumnView): ArrayLike<number> {
  return offsets instanceof Int32Array ? offsets : Float64Array.from(offsets ?? [], Number);
}

/** First and last item of a list row. */
function itemRange(writer: CodeWriter, site: CodeSite): string {
  if (site.plan.storage.type === "fixed_size_list") {
    const { size } = site.plan.storage;
    return `const start = row * ${size}, end = start + ${size};`;
  }
  const offsets = writer.part(site, numberOffsets);
  return `const start = ${offsets}[row], end = ${offsets}[row + 1];`;
}

function listCode(writer: CodeWriter, site: CodeSite): string {
  const scope: string[] = [];
  const range = itemRange(writer, site);
  const item = valueCode(writer, { ...childSite(site, 0, (view) => view.children[0]), row: "index", scope });
  const name = writer.name("list");
  writer.define(`const ${name} = (row) => {
    ${scope.join("\n")}
    ${range}
    const items = new Array(end - start);
    for (let index = start; index < end; index++) items[index - start] = ${item};
    return items;
  };`);
  return `${name}(${site.row})`;
}

const nestedCodes: Readonly<Record<string, (writer: CodeWriter, site: CodeSite) => string>> = {
  struct: structCode,
  list: listCode,
  large_list: listCode,
  fixed_size_list: listCode,
};

/** Code of a value or null. */
function valueCode(writer: CodeWriter, site: CodeSite): string {
  const code = valueCodes[site.plan.storage.type] ?? nestedCodes[site.plan.storage.type];
  if (code === undefined) return writer.getter(site);
  const validity = writer.part(site, (view) => view.validity);
  const missing = `${validity} !== null && (${validity}[${site.row} >> 3] & (1 << (${site.row} & 7))) === 0`;
  return `(${missing} ? null : ${code(writer, site)})`;
}

interface RowCode {
  readonly writer: ReturnType<typeof codeWriter>;
  readonly scope: readonly string[];
  readonly values: readonly string[];
}

function rowCode(plans: readonly ValuePlan[]): RowCode {
  const writer = codeWriter();
  const scope: string[] = [];
  const values = plans.map((plan, index) =>
    valueCode(writer, { plan, find: (columns) => columns[index], row: "row", scope }),
  );
  return { writer, scope, values };
}

function compile(parameters: readonly string[], { writer, scope }: RowCode, loop: string): unknown {
  const parts = writer.parts.map((_, index) => `p${index} = parts[${index}]`);
  const constants = parts.length === 0 ? "" : `const ${parts.join(", ")};`;
  const body = ['"use strict";', constants, ...writer.definitions, ...scope, loop].join("\n");
  // Names of the data enter the code as JSON strings alone.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(...parameters, body);
}

/** Generates the function that makes row objects. Throws EvalError where code generation is forbidden. */
export function generateRows(plans: readonly ValuePlan[], names: readonly string[]): Generated<RowsFunction> {
  const code = rowCode(plans);
  const properties = code.values.map((value, index) => property(names[index] ?? "", value));
  const loop = `const rows = new Array(end - start);
  for (let row = start; row < end; row++) rows[row - start] = {${properties.join(", ")}};
  return rows;`;
  const run = compile(["parts", "start", "end"], code, loop);
  return { run: blindCast<RowsFunction, "the generated function has these parameters">(run), parts: code.writer.parts };
}

/** Generates the function that visits rows with one object. Throws EvalError where code generation is forbidden. */
export function generateVisit(plans: readonly ValuePlan[], names: readonly string[]): Generated<VisitFunction> {
  const code = rowCode(plans);
  const assignments = code.values.map((value, index) => `target[${JSON.stringify(names[index] ?? "")}] = ${value};`);
  const loop = `const target = goal.row, visit = goal.visit;
  for (let row = range[0]; row < range[1]; row++) {
    ${assignments.join("\n")}
    visit(target);
  }`;
  const run = compile(["parts", "range", "goal"], code, loop);
  return {
    run: blindCast<VisitFunction, "the generated function has these parameters">(run),
    parts: code.writer.parts,
  };
}
