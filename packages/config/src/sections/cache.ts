import type { DurationInput } from "../duration.ts";
import { nameField } from "../field.ts";
import { field, namedSection, type Section, setting } from "../section.ts";
import { type Reading, readDuration } from "../setting-value.ts";
import type { SizeInput } from "../size.ts";

/** Name of a set of cache limits. */
export type CacheName = "pinned" | "fresh" | "isolated";

/** The names of {@link CacheName}. */
export const cacheNames: readonly CacheName[] = ["pinned", "fresh", "isolated"];

/** Limits of the caches: what a set of limits holds. Null is the engine's default. */
export interface CacheLimits {
  /** Parquet footers; 0 = off. */
  readonly metadata?: SizeInput | null;
  /** Listings of folders; 0 = off. */
  readonly listFiles?: SizeInput | null;
  /** How long a listing is believed, in whole seconds; null = for ever. */
  readonly listFilesTtl?: DurationInput | null;
  /** Statistics of files; 0 = off. */
  readonly statistics?: SizeInput | null;
}

/** Limits of the caches, over a set of limits when `base` names one. */
export interface CacheInput extends CacheLimits {
  readonly base?: CacheName;
}

function readTtl(value: unknown): Reading<number | null> {
  const reading = value === null ? { value } : readDuration({ type: "duration", min: 1000 }, value);
  if ("refusal" in reading || reading.value === null || reading.value % 1000 === 0) return reading;
  return { refusal: { code: "INVALID_VALUE", message: `Expected whole seconds, got ${reading.value} milliseconds.` } };
}

/** The section `cache`. */
export const cacheSection: Section<CacheInput> = namedSection<CacheInput>("cache", {
  base: nameField("set of cache limits", cacheNames),
  metadata: setting,
  listFiles: setting,
  listFilesTtl: field(readTtl),
  statistics: setting,
});
