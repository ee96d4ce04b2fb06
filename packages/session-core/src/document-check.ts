import { blindCast } from "@deltafuse/config/casts";
import * as z from "@deltafuse/config/zod";

/** Messages of zod, in English: it has no language by itself. */
export const english: z.core.$ZodErrorMap = z.en().localeError;

/** Checks before a generated checker pays: making it costs milliseconds, using it saves microseconds. */
const warmUp = 16;
/** Zod generates code for every object inside a schema when it is first used, unless it is told not to. */
const asItIs = { jitless: true, error: english };

interface Use {
  count: number;
  checker: unknown;
}

const uses = new WeakMap<z.ZodMiniType, Use>();

function useOf(schema: z.ZodMiniType): Use {
  const use = uses.get(schema) ?? { count: 0, checker: undefined };
  uses.set(schema, use);
  return use;
}

async function generateChecker(schema: z.ZodMiniType, use: Use): Promise<void> {
  const { compileSchema } = await import("@deltafuse/config/zod-compile");
  use.checker = compileSchema(schema);
}

/**
 * Checks a document and gives it back typed. After some uses of a schema a checker is generated for it, so that a program
 * that asks little does not wait for it.
 */
export function checkDocument<T>(schema: z.ZodMiniType<T>, document: unknown): z.core.util.SafeParseResult<T> {
  const use = useOf(schema);
  use.count += 1;
  // Where there is none, the schema checks on as it is.
  if (use.count === warmUp) generateChecker(schema, use).catch(() => undefined);
  const checker = blindCast<z.ZodMiniType<T>, "the schema, or what was generated for it">(use.checker ?? schema);
  return checker.safeParse(document, asItIs);
}
