/**
 * Gives a value a type that the compiler cannot check. The second type argument says why the cast is right; it is
 * there for the reader and for review.
 *
 * @example
 * const parsed = blindCast<{ readonly id: number }, "written by this program">(JSON.parse('{"id": 7}'));
 * parsed.id; // 7
 */
export function blindCast<T, _Reason extends string>(value: unknown): T;
export function blindCast(value: unknown): unknown {
  return value;
}
