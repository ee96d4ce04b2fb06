import type { Millis } from "./duration.ts";
import { parseDuration } from "./duration.ts";
import type { ResolvedProfile } from "./resolve.ts";
import { type Bytes, parseSize } from "./size.ts";

/** Bytes of the memory pool on this machine; null without a limit. */
export function memoryLimitBytes(resolved: ResolvedProfile): Bytes | null {
  const { limitBytes } = resolved.runtimeEnv.memory;
  return limitBytes === null ? null : parseSize(limitBytes);
}

/** How long a listing of a folder is believed; null = for ever, or never because listings are not kept. */
export function listFilesTtl(resolved: ResolvedProfile): Millis | null {
  const { listFilesTtlMs } = resolved.runtimeEnv.caches;
  return listFilesTtlMs === null ? null : parseDuration(listFilesTtlMs);
}
