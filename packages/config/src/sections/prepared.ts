import { blindCast } from "../casts.ts";
import type { ConfigIssue } from "../errors.ts";
import { readIdentifier, readText } from "../field.ts";
import { nearest } from "../nearest.ts";
import { isPlainObject } from "../plain-object.ts";
import type { Section } from "../section.ts";
import { describeValue, expected, type Refusal } from "../setting-value.ts";

/** A query that every session of the profile has prepared. */
export interface PreparedInput {
  /** What EXECUTE and `session.prepared` call it. SQL makes a name without double quotes lower case. */
  readonly name: string;
  /** One query, with `$1`, `$2`, … or `$name` for its values. */
  readonly sql: string;
  /** Type texts of `$1`, `$2`, … Default: what the planner infers. */
  readonly types?: readonly string[];
}

type Refuse = (refusal: Refusal, path: readonly (string | number)[]) => unknown;

const members = ["name", "sql", "types"] as const;

function readTypes(types: unknown, path: readonly (string | number)[], refuse: Refuse): void {
  if (!Array.isArray(types)) {
    refuse(expected("an array of type texts", types).refusal, path);
    return;
  }
  for (const [index, type] of types.entries()) {
    const reading = readText(type);
    if ("refusal" in reading) refuse(reading.refusal, [...path, index]);
  }
}

function readStatement(item: unknown, index: number, refuse: Refuse): void {
  if (!isPlainObject(item)) {
    refuse(expected("an object", item).refusal, [index]);
    return;
  }
  for (const [member, read] of [["name", readIdentifier] as const, ["sql", readText] as const]) {
    const reading = read(item[member]);
    if ("refusal" in reading) refuse(reading.refusal, [index, member]);
  }
  if (item["types"] !== undefined) readTypes(item["types"], [index, "types"], refuse);
  for (const other of Object.keys(item).filter((key) => !members.some((member) => member === key))) {
    const suggestion = nearest(other, members);
    const message = `There is no such field; the fields are ${members.join(", ")}.`;
    refuse({ code: "UNKNOWN_FIELD", message, ...(suggestion === undefined ? {} : { suggestion }) }, [index, other]);
  }
}

function nameOf(item: unknown): unknown {
  return isPlainObject(item) ? item["name"] : undefined;
}

function readStatements(value: unknown, refuse: Refuse): readonly PreparedInput[] {
  if (!Array.isArray(value)) {
    refuse(expected("an array of prepared statements", value).refusal, []);
    return [];
  }
  const names = value.map(nameOf);
  for (const [index, item] of value.entries()) {
    readStatement(item, index, refuse);
    const name = names[index];
    if (name === undefined || names.indexOf(name) === index) continue;
    refuse({ code: "DUPLICATE", message: `${describeValue(name)} is listed twice.` }, [index, "name"]);
  }
  return blindCast<readonly PreparedInput[], "each item was read, or there is an issue">(value);
}

/** The field `prepared`. */
export const preparedSection: Section<readonly PreparedInput[]> = {
  names: {},
  read: (input, path) => {
    const issues: ConfigIssue[] = [];
    const value = readStatements(input, (refusal, at) => issues.push({ ...refusal, path: [path, ...at].join(".") }));
    return issues.length === 0 ? { value } : { issues };
  },
};
