import * as z from "@deltafuse/config/zod";

/** What checks a document and gives it back typed. */
export interface Shape<T> {
  safeParse(document: unknown): z.ZodSafeParseResult<T>;
}

/** Checks before the generated checker pays: making it costs milliseconds, using it saves microseconds. */
const warmUp = 16;

/**
 * A schema for documents that come with every query. After some uses a checker is generated for it, so that a program that
 * asks little does not wait for it.
 */
export function hotShape<T>(schema: z.ZodType<T>): Shape<T> {
  let uses = 0;
  let current = schema;
  return {
    safeParse: (document) => {
      uses += 1;
      if (uses === warmUp) current = z.compile(schema);
      return current.safeParse(document);
    },
  };
}
