import { isAbsolute } from "node:path";
import { nameField, listField } from "../field.ts";
import { section, type Section, setting } from "../section.ts";
import { describeValue, type Reading } from "../setting-value.ts";
import type { SizeInput } from "../size.ts";

/** Where spilled data goes: the temporary directory of the system, own directories, or nowhere. */
export type SpillMode = "os" | "directories" | "disabled";

/** Spilling to disk when memory runs short. */
export interface SpillInput {
  readonly mode?: SpillMode;
  /** Absolute paths, with mode `directories`. */
  readonly directories?: readonly string[];
  /** Most bytes on disk at once. */
  readonly maxSize?: SizeInput | null;
  /** `execution.max_spill_file_size_bytes`. */
  readonly maxFileSize?: SizeInput | null;
  /** `execution.spill_compression`. */
  readonly compression?: "uncompressed" | "lz4_frame" | "zstd" | null;
}

function readDirectory(value: unknown): Reading<string> {
  if (typeof value === "string" && isAbsolute(value)) return { value };
  return { refusal: { code: "INVALID_VALUE", message: `Expected an absolute path, got ${describeValue(value)}.` } };
}

/** The section `spill`. */
export const spillSection: Section<SpillInput> = section<SpillInput>("spill", {
  mode: nameField("spill mode", ["os", "directories", "disabled"]),
  directories: listField(readDirectory),
  maxSize: setting,
  maxFileSize: setting,
  compression: setting,
});
