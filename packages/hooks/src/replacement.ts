import { blindCast } from "@deltafuse/config/casts";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import { freezeWith } from "./frozen-payload.ts";
import type { ExecutionLimits, PointInput, PointName, Replacement } from "./interceptors.ts";
import { parseLabel } from "./label.ts";
import { narrowedPolicy } from "./policy-narrowing.ts";

/** A member that cannot be replaced so, and a clause that says why. */
export interface ReplacementProblem {
  readonly member: string;
  readonly reason: string;
}

/** Reads what is given in the place of a member: the value it gets, or why not. */
type Reader = (given: unknown, current: unknown) => { readonly value: unknown } | { readonly reason: string };

type Members = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text: Reader = (given) => (typeof given === "string" ? { value: given } : { reason: "it is not a text" });

const parameters: Reader = (given) =>
  Array.isArray(given) || isRecord(given) ? { value: given } : { reason: "it is neither an array nor an object" };

const options: Reader = (given, current) => {
  if (current === null) return { reason: "there is nothing that could be replaced here" };
  return isRecord(given) ? { value: given } : { reason: "it is not an object" };
};

/** What a function gives, or the message of what it throws. */
function attempt(read: () => unknown): ReturnType<Reader> {
  try {
    return { value: read() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

const label: Reader = (given) => attempt(() => parseLabel(blindCast<string, "checked by the function">(given)).name);

const tags: Reader = (given) =>
  attempt(
    () => parseLabel({ name: "tags", tags: blindCast<Record<string, string>, "checked by the function">(given) }).tags,
  );

const policy: Reader = (given, current) => {
  if (!isRecord(given)) return { reason: "it is not a policy" };
  const session = blindCast<SqlPolicy, "the owner asked with a policy">(current);
  const read = attempt(() => narrowedPolicy(session, blindCast<SqlPolicy, "checked by the function">(given)));
  const isWider = "value" in read && read.value === undefined;
  return isWider ? { reason: "it allows something that the policy in force does not" } : read;
};

const limitNames: readonly string[] = [
  "maxRows",
  "maxBytes",
  "deadlineMs",
] satisfies readonly (keyof ExecutionLimits)[];

function limitProblem(name: string, given: unknown, current: unknown): string | undefined {
  if (!limitNames.includes(name)) return `there is no limit ${name}`;
  if (given === current) return undefined;
  if (typeof given !== "number" || !Number.isSafeInteger(given) || given < 0) return `${name} is not a whole number`;
  if (typeof current === "number" && given > current) return `${name} is above ${current}`;
  return undefined;
}

const limits: Reader = (given, current) => {
  if (!isRecord(current)) return { reason: "the rows of this plan do not reach the program" };
  if (!isRecord(given)) return { reason: "it is not an object" };
  for (const [name, value] of Object.entries(given)) {
    const reason = limitProblem(name, value, current[name]);
    if (reason !== undefined) return { reason };
  }
  return { value: { ...current, ...given } };
};

const readers: { readonly [P in PointName]: Readonly<Record<keyof Replacement<P>, Reader>> } = {
  beforeSql: { sql: text, parameters, policy, label, tags },
  beforeExecute: { limits },
  beforeRegister: { options },
  beforeFunction: {},
  beforeWrite: { commitMetadata: options, options },
};

/**
 * Puts the members of an answer in the place of those of the question. Pure.
 *
 * @returns The frozen question that the next interceptor gets, or the first member that may not be replaced so.
 */
export function replaceMembers<P extends PointName>(
  point: P,
  current: PointInput<P>,
  replace: unknown,
): { readonly input: PointInput<P> } | { readonly problem: ReplacementProblem } {
  if (!isRecord(replace)) return { problem: { member: "replace", reason: "it is not an object" } };
  const readable: Readonly<Record<string, Reader>> = readers[point];
  const before = blindCast<Members, "a question is an object">(current);
  const replaced: Record<string, unknown> = {};
  for (const [member, given] of Object.entries(replace)) {
    if (given === undefined) continue;
    const reader = Object.hasOwn(readable, member) ? readable[member] : undefined;
    const read = reader?.(given, before[member]) ?? { reason: "the point does not let it be replaced" };
    if ("reason" in read) return { problem: { member, reason: read.reason } };
    replaced[member] = read.value;
  }
  const input = freezeWith({}, { ...before, ...replaced });
  return { input: blindCast<PointInput<P>, "the members were read for the point">(input) };
}
