import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordDefinition } from "./record.ts";
import { isCanonicalJson } from "./stored-json.ts";

/** Where and why a body does not fit its kind. */
export interface RecordProblem {
  /** Path of the member, in camelCase. */
  readonly path: string;
  readonly reason: string;
}

type ScalarName = Exclude<ColumnType["type"], "list" | "struct">;

const maxInt32 = 2 ** 31 - 1;

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const scalarChecks: Readonly<Record<ScalarName, (value: unknown) => string | undefined>> = {
  s: (value) => (typeof value === "string" ? undefined : "it is not a string"),
  b: (value) => (typeof value === "boolean" ? undefined : "it is not a boolean"),
  i32: (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= -maxInt32 - 1 && value <= maxInt32
      ? undefined
      : "it is not an integer of 32 bits",
  i64: (value) => (Number.isSafeInteger(value) ? undefined : "it is not a safe integer"),
  ts: (value) => (Number.isSafeInteger(value) ? undefined : "it is not a safe integer of microseconds"),
  m: (value) =>
    isPlainObject(value) && Object.values(value).every((member) => typeof member === "string")
      ? undefined
      : "it is not an object of strings",
};

/** A problem further in, seen from outside: paths are made of it for problems alone. */
function within(step: string, { path, reason }: RecordProblem): RecordProblem {
  return { path: `${step}${path}`, reason };
}

function listProblem(item: ColumnType, value: unknown): RecordProblem | undefined {
  if (!Array.isArray(value)) return { path: "", reason: "it is not a list" };
  for (let index = 0; index < value.length; index += 1) {
    const found = valueProblem(item, value[index]);
    if (found !== undefined) return within(`[${index}]`, found);
  }
  return undefined;
}

function valueProblem(type: ColumnType, value: unknown): RecordProblem | undefined {
  if (type.type === "list") return listProblem(type.item, value);
  if (type.type === "struct") return structProblem(type.columns, value);
  const reason = scalarChecks[type.type](value);
  return reason === undefined ? undefined : { path: "", reason };
}

function columnProblem({ name, nullable, type }: Column, value: unknown): RecordProblem | undefined {
  if (value === null || value === undefined) return nullable ? undefined : { path: "", reason: "it is missing" };
  const found = valueProblem(type, value);
  if (found !== undefined || typeof value !== "string" || !name.endsWith("_json")) return found;
  return isCanonicalJson(value) ? undefined : { path: "", reason: "it is not canonical JSON" };
}

function structProblem(columns: readonly Column[], value: unknown): RecordProblem | undefined {
  if (!isPlainObject(value)) return { path: "", reason: "it is not a plain object" };
  let known = 0;
  for (const column of columns) {
    const member = value[column.member];
    if (member !== undefined) known += 1;
    const found = columnProblem(column, member);
    if (found !== undefined) return within(`.${column.member}`, found);
  }
  return Object.keys(value).length === known ? undefined : unknownProblem(columns, value);
}

function unknownProblem(
  columns: readonly Column[],
  value: Readonly<Record<string, unknown>>,
): RecordProblem | undefined {
  const isKnown = (member: string): boolean => columns.some((column) => column.member === member);
  const unknown = Object.keys(value).find((member) => value[member] !== undefined && !isKnown(member));
  return unknown === undefined ? undefined : { path: `.${unknown}`, reason: "the kind has no such column" };
}

/** The first member that does not fit its column, if any. Members without a column are refused. */
export function membersProblem(columns: readonly Column[], members: unknown): RecordProblem | undefined {
  const found = structProblem(columns, members);
  return found === undefined ? undefined : { ...found, path: found.path.replace(/^\./, "") };
}

/** The first member of a body that does not fit the columns of its kind, if any. */
export function bodyProblem(definition: RecordDefinition, body: unknown): RecordProblem | undefined {
  return membersProblem(definition.fields, body);
}
