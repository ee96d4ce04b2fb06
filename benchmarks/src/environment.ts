import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import { blindCast } from "@deltafuse/config/casts";

/** What a run was made on and of. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Mean number of busy processes in the minute before. */
  readonly load: number;
  /** By name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at the machine and the packages. */
export function readEnvironment(): Environment {
  const require = createRequire(import.meta.url);
  const version = (name: string): string =>
    blindCast<{ readonly version: string }, "a manifest">(require(`${name}/package.json`)).version;
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      deltafuse: version("@deltafuse/session-core"),
      duckdb: version("@duckdb/node-api"),
    },
  };
}
