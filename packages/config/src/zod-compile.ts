import { compile, type ZodMiniType } from "zod/mini";

/**
 * A schema that checks by code which is generated for it. Making the code takes milliseconds, so it pays for schemas that
 * check often; it is a module apart, which few programs wait for.
 *
 * @example
 * compileSchema(z.string()).parse("a"); // "a"
 */
export function compileSchema<T>(schema: ZodMiniType<T>): ZodMiniType<T> {
  return compile(schema);
}
