import type { Violation } from "./violation.ts";

/** A difference, and whether the policy allows it. */
export interface Finding {
  readonly allowed: boolean;
  readonly finding: Omit<Violation, "table">;
}

/** Metadata entries that are missing or have another text. */
export function metadataFindings(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
  column?: string,
): readonly Finding[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    const found = actual[key];
    if (found === value) return [];
    const message =
      found === undefined
        ? `The metadata entry ${key} is missing, expected ${JSON.stringify(value)}.`
        : `The metadata entry ${key} is ${JSON.stringify(found)}, expected ${JSON.stringify(value)}.`;
    const place = { path: key, expected: value, ...(found === undefined ? {} : { actual: found }) };
    const own = column === undefined ? {} : { column };
    return [{ allowed: false, finding: { type: "metadata_mismatch", ...own, ...place, message } } as const];
  });
}
