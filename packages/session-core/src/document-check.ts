import { blindCast } from "@deltafuse/config/casts";
import * as z from "@deltafuse/config/zod";

/** Checks before a generated checker pays: making it costs milliseconds, using it saves microseconds. */
const warmUp = 16;
/** Zod generates code for every object inside a schema when it is first used, unless it is told not to. */
const asItIs = { jitless: true } as const;

interface Use {
  count: number;
  checker: unknown;
}

const uses = new WeakMap<z.ZodType, Use>();

function useOf(schema: z.ZodType): Use {
  const use = uses.get(schema) ?? { count: 0, checker: undefined };
  uses.set(schema, use);
  return use;
}

/**
 * Checks a document and gives it back typed. After some uses of a schema a checker is generated for it, so that a program
 * that asks little does not wait for it.
 */
export function checkDocument<T>(schema: z.ZodType<T>, document: unknown): z.ZodSafeParseResult<T> {
  const use = useOf(schema);
  use.count += 1;
  if (use.count === warmUp) use.checker = z.compile(schema);
  const checker = blindCast<z.ZodType<T>, "the schema, or what was generated for it">(use.checker ?? schema);
  return checker.safeParse(document, asItIs);
}
