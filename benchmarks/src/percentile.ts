/**
 * The value below which a part of the values lies, by the nearest rank; NaN without values.
 *
 * @param part - From 0 to 1.
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
