/* oxlint-disable deltafuse/no-reexport -- the bundler takes in what is named here, and nothing else */
// The parts of zod that the packages use. Published, they are one file: importing zod itself, which has 95 modules, takes as
// long as starting Node.
export {
  NEVER,
  ZodType,
  array,
  base64,
  bigint,
  boolean,
  compile,
  custom,
  discriminatedUnion,
  enum,
  exactOptional,
  int,
  json,
  lazy,
  literal,
  looseObject,
  null,
  number,
  object,
  preprocess,
  prettifyError,
  record,
  safeParse,
  strictObject,
  string,
  tuple,
  union,
  unknown,
} from "zod";
export type { ZodExactOptional, ZodInt, ZodRecord, ZodSafeParseResult, ZodString, core, infer } from "zod";
