import type { Millis } from "./duration.ts";
import { parseDuration } from "./duration.ts";
import type { ResolvedProfile } from "./resolve.ts";
import { type Bytes, parseSize } from "./size.ts";

/**
 * Bytes of the memory pool on this machine; null without a limit.
 *
 * @example
 * const machine = { cores: 8, memoryBytes: 16 * 1024 ** 3 };
 * memoryLimitBytes(resolveProfile(parseProfile({ memory: { limit: "50%" } }), { machine })); // 8 * 1024 ** 3
 */
export function memoryLimitBytes(resolved: ResolvedProfile): Bytes | null {
  const { limitBytes } = resolved.runtimeEnv.memory;
  return limitBytes === null ? null : parseSize(limitBytes);
}

/**
 * How long a listing of a folder is believed; null = for ever, or never because listings are not kept.
 *
 * @example
 * const resolved = resolveProfile(parseProfile({ cache: { listFilesTtl: "1m" } }), { machine: readMachine() });
 * listFilesTtl(resolved); // 60000
 */
export function listFilesTtl(resolved: ResolvedProfile): Millis | null {
  const { listFilesTtlMs } = resolved.runtimeEnv.caches;
  return listFilesTtlMs === null ? null : parseDuration(listFilesTtlMs);
}
