import * as z from "@deltafuse/config/zod";

/** The first thing that is wrong with options. */
export interface OptionProblem {
  /** Dotted path of the option. */
  readonly option: string;
  /** A clause that says why. */
  readonly reason: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Members that are undefined count as left out. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isRecord(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([name, member]) => [name, withoutUndefined(member)]));
}

function problemOf(issue: z.core.$ZodIssue | undefined, prefix: string): OptionProblem {
  const path = [prefix, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  if (issue?.code !== "unrecognized_keys") return { option: path, reason: clause(issue?.message ?? "it is invalid") };
  const [key = ""] = issue.keys;
  return { option: path === "" ? key : `${path}.${key}`, reason: "there is no such option" };
}

function clause(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/**
 * Reads options that must have exactly the shape of a schema; members that are `undefined` count as left out.
 *
 * @param schema - Strict shape.
 * @param value - What a caller gave.
 * @param refuse - Where the options stand (path in front of the names), and the error of the first problem.
 */
export function readOptions<T>(
  schema: z.core.$ZodType<T>,
  value: unknown,
  refuse: { readonly at: string; readonly error: (problem: OptionProblem) => Error },
): T {
  const result = z.safeParse(schema, withoutUndefined(value), { error: z.en().localeError });
  if (result.success) return result.data;
  throw refuse.error(problemOf(result.error.issues[0], refuse.at));
}
