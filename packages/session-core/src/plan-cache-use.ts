import * as z from "@deltafuse/config/zod";
import type { QueryRun } from "./query-run.ts";

/** What the plan cache of a session had to do with a statement or frame. */
export interface PlanCacheUse {
  /** `skipped`: the plan is not kept, because it reads rows in memory or is no plain query. */
  readonly result: "hit" | "miss" | "skipped";
  /** Fingerprint of the tokens of the text, or of the operations of the frame and of what they begin with. */
  readonly keyHash: string;
  /** Why a plan could not be used: `version`, `changed`. */
  readonly reason?: string | undefined;
  /** Plans that were let go meanwhile. */
  readonly evicted: readonly { readonly keyHash: string; readonly reason: string }[];
}

/** Shape of {@link PlanCacheUse} in replies of the native extension. */
export const planCacheUseSchema: z.ZodMiniType<PlanCacheUse> = z.strictObject({
  result: z.enum(["hit", "miss", "skipped"]),
  keyHash: z.string(),
  reason: z.optional(z.string()),
  evicted: z.array(z.strictObject({ keyHash: z.string(), reason: z.string() })),
});

/** Emits what the plan cache did. A plan that is not for keeping is told of nowhere. */
export function tellPlanCache(run: QueryRun, { result, keyHash, reason, evicted }: PlanCacheUse): void {
  const about = { cache: "plan", scope: null } as const;
  for (const plan of evicted) run.hooks.emit("cache.evict", { ...about, ...plan });
  if (result === "skipped") return;
  run.hooks.emit(result === "hit" ? "cache.hit" : "cache.miss", { ...about, keyHash, reason });
}
