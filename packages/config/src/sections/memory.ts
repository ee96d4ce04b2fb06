import { nameField, plainField } from "../field.ts";
import { field, section, type Section, setting } from "../section.ts";
import { type Reading, readSize } from "../setting-value.ts";
import type { SizeInput } from "../size.ts";

/** How memory is shared: equal shares for operators that can spill, first come first served, or without a limit. */
export type MemoryPool = "fair" | "greedy" | "unbounded";

/** Memory of the session. */
export interface MemoryInput {
  readonly pool?: MemoryPool;
  /** Size of the pool: a size, a share of the machine's memory (`"60%"`, 1 to 95), or null with pool `unbounded`. */
  readonly limit?: SizeInput | null;
  /** How many consumers an out-of-memory error names, 1 to 50. Default: 5. */
  readonly topConsumers?: number;
  /** `execution.sort_spill_reservation_bytes`. */
  readonly sortReservation?: SizeInput | null;
  /** `execution.sort_in_place_threshold_bytes`. */
  readonly sortInPlaceThreshold?: SizeInput | null;
}

const percentPattern = /^(\d{1,3})%$/;

/** The number of a share such as `"60%"`; undefined for other texts. */
export function percentage(text: string): number | undefined {
  const match = percentPattern.exec(text);
  return match === null ? undefined : Number(match[1]);
}

function readLimit(value: unknown): Reading<string | number | null> {
  if (value === null) return { value };
  const percent = typeof value === "string" ? percentage(value) : undefined;
  if (percent === undefined) {
    const size = readSize({ type: "bytes", min: 1 }, value);
    if ("value" in size) return size;
    return { refusal: { ...size.refusal, message: `${size.refusal.message} A share such as "60%" is possible too.` } };
  }
  if (percent >= 1 && percent <= 95) return { value: `${percent}%` };
  const message = `Expected a share of the memory from 1% to 95%, got ${percent}%.`;
  return { refusal: { code: "OUT_OF_RANGE", message } };
}

/** The section `memory`. */
export const memorySection: Section<MemoryInput> = section<MemoryInput>("memory", {
  pool: nameField("memory pool", ["fair", "greedy", "unbounded"]),
  limit: field(readLimit),
  topConsumers: plainField<number>({ type: "uint", min: 1, max: 50 }),
  sortReservation: setting,
  sortInPlaceThreshold: setting,
});
