import { invariant } from "@deltafuse/config/errors";
import type { Microseconds } from "./clock.ts";

/** `profile_name` → `profileName`. */
export type MemberName<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<MemberName<Tail>>}`
  : Name;

interface ScalarTypes {
  readonly s: string;
  readonly b: boolean;
  readonly i32: number;
  readonly i64: number;
  readonly ts: Microseconds;
  readonly m: Readonly<Record<string, string>>;
}

type SplitFields<Text extends string> = Text extends `${infer Head}, ${infer Tail}` ? Head | SplitFields<Tail> : Text;

type RequiredField<Field extends string> = Extract<Field, `${string} ${string}!`>;

/** Value that a column type accepts when a record is written: nullable members of structs may be absent. */
type InputValue<Type extends string> = Type extends keyof ScalarTypes
  ? ScalarTypes[Type]
  : Type extends `[${infer Item}]`
    ? readonly InputValue<Item>[]
    : Type extends `{${infer Fields}}`
      ? InputFields<SplitFields<Fields>>
      : never;

/** Object type of a union of columns as a writer gives it. */
export type InputFields<Field extends string> = {
  readonly [
    F in RequiredField<Field> as F extends `${infer Name} ${string}` ? MemberName<Name> : never
  ]: F extends `${string} ${infer Type}!` ? InputValue<Type> : never;
} & {
  readonly [
    F in Exclude<Field, RequiredField<Field>> as F extends `${infer Name} ${string}` ? MemberName<Name> : never
  ]?: (F extends `${string} ${infer Type}` ? InputValue<Type> : never) | null | undefined;
};

/** A column type, parsed. */
export type ColumnType =
  | { readonly type: keyof ScalarTypes }
  | { readonly type: "list"; readonly item: ColumnType }
  | { readonly type: "struct"; readonly columns: readonly Column[] };

/** A column or a member of a struct, parsed. */
export interface Column {
  /** Name in storage, snake_case. */
  readonly name: string;
  /** Name in TypeScript, camelCase. */
  readonly member: string;
  readonly nullable: boolean;
  readonly type: ColumnType;
}

const scalarNames: ReadonlySet<string> = new Set<keyof ScalarTypes>(["s", "b", "i32", "i64", "ts", "m"]);
const columnPattern = /^([a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*) (.+?)(!?)$/;

function isScalar(text: string): text is keyof ScalarTypes {
  return scalarNames.has(text);
}

function parseType(text: string): ColumnType {
  if (isScalar(text)) return { type: text };
  if (text.startsWith("[") && text.endsWith("]")) return { type: "list", item: parseType(text.slice(1, -1)) };
  const isStruct = text.startsWith("{") && text.endsWith("}") && !text.slice(1).includes("{");
  invariant(isStruct, `"${text}" is not a column type`);
  return { type: "struct", columns: text.slice(1, -1).split(", ").map(parseColumn) };
}

/**
 * Parses the notation of a column: a snake_case name, a space, a type, and `!` when null is not allowed. Types: `s`
 * utf8, `b` boolean, `i32`, `i64` safe integers, `ts` timestamp in microseconds (UTC), `m` map of utf8 to utf8, `[x]`
 * list, `{a s!, b i64}` struct (of anything but structs). Throws `InternalError` for anything else.
 */
export function parseColumn(text: string): Column {
  const match = columnPattern.exec(text);
  invariant(match, `"${text}" is not a column`);
  const [, name = "", type = "", required] = match;
  const member = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.freeze({ name, member, nullable: required !== "!", type: parseType(type) });
}
