import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import type { CacheScope } from "./cache-scope.ts";
import type { NativeHandle } from "./native-binding.ts";

/** Where a cache scope keeps its native side. */
export const nativeScope: unique symbol = Symbol("deltafuse.cacheScope");

/** The native side of a scope. Throws `SESSION.CLOSED` after close. */
export function cacheScopeHandle(scope: CacheScope): NativeHandle {
  const handle: unknown = Reflect.get(scope, nativeScope);
  if (handle === undefined) throw new InternalError("The object is not a cache scope of this package");
  return blindCast<NativeHandle, "only createCacheScope makes objects with this member">(handle);
}
