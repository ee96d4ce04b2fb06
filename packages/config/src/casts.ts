/**
 * Gives a value a type that the compiler cannot check. The second type argument says why the cast is right; it is
 * there for the reader and for review.
 *
 * @example
 * const digest = blindCast<Fingerprint, "sha256 hex is what the brand stands for">(hex);
 */
export function blindCast<T, _Reason extends string>(value: unknown): T;
export function blindCast(value: unknown): unknown {
  return value;
}
