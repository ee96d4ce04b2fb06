import type { Determinism } from "@deltafuse/config/profile";
import type { CatalogNames, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";

/** The one description from which the native session is built, in one call. */
export interface SessionSpec {
  /** Keys of `ConfigOptions` in the order in which they are set: some keys cascade. */
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** Memory pool, spilling and caches, as numbers. */
  readonly runtimeEnv: RuntimeEnvSpec;
  readonly catalog: CatalogNames;
  readonly sqlPolicy: SqlPolicy;
  readonly determinism: Determinism;
  /** Plans of SQL queries that are kept; 0 = none. */
  readonly planCacheEntries: number;
  /** Modules whose statements an extension performs. */
  readonly modules: readonly { readonly name: string }[];
}
