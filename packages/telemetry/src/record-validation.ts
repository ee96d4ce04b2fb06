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

function listProblem(item: ColumnType, value: unknown, path: string): RecordProblem | undefined {
  if (!Array.isArray(value)) return { path, reason: "it is not a list" };
  for (let index = 0; index < value.length; index += 1) {
    const found = valueProblem(item, value[index], `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueProblem(type: ColumnType, value: unknown, path: string): RecordProblem | undefined {
  if (type.type === "list") return listProblem(type.item, value, path);
  if (type.type === "struct") return structProblem(type.columns, value, path);
  const reason = scalarChecks[type.type](value);
  return reason === undefined ? undefined : { path, reason };
}

function columnProblem(column: Column, value: unknown, path: string): RecordProblem | undefined {
  if (value === null || value === undefined) return column.nullable ? undefined : { path, reason: "it is missing" };
  const found = valueProblem(column.type, value, path);
  if (found !== undefined || !column.name.endsWith("_json") || typeof value !== "string") return found;
  return isCanonicalJson(value) ? undefined : { path, reason: "it is not canonical JSON" };
}

function structProblem(columns: readonly Column[], value: unknown, path: string): RecordProblem | undefined {
  if (!isPlainObject(value)) return { path, reason: "it is not a plain object" };
  const prefix = path === "" ? "" : `${path}.`;
  let known = 0;
  for (const column of columns) {
    const found = columnProblem(column, value[column.member], `${prefix}${column.member}`);
    if (found !== undefined) return found;
    if (value[column.member] !== undefined) known += 1;
  }
  const present = Object.keys(value).filter((member) => value[member] !== undefined);
  if (present.length === known) return undefined;
  const unknown = present.find((member) => !columns.some((column) => column.member === member));
  return unknown === undefined ? undefined : { path: `${prefix}${unknown}`, reason: "the kind has no such column" };
}

/** The first member that does not fit its column, if any. Members without a column are refused. */
export function membersProblem(columns: readonly Column[], members: unknown): RecordProblem | undefined {
  return structProblem(columns, members, "");
}

/** The first member of a body that does not fit the columns of its kind, if any. */
export function bodyProblem(definition: RecordDefinition, body: unknown): RecordProblem | undefined {
  return membersProblem(definition.fields, body);
}
