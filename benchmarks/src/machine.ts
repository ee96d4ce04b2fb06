import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { blindCast } from "@deltafuse/config/casts";

/** Where a run was made. */
export interface MachineFacts {
  /** Machines of a class share ratios, such as `linux-x64-2c`. */
  readonly class: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Of the frequency of the first core; null where the system does not tell. */
  readonly governor: string | null;
  /** What the container allows, as the system writes it; null where there is none. */
  readonly cpuLimit: string | null;
  readonly memoryLimit: string | null;
}

/** By name. */
export type Versions = Readonly<Record<string, string>>;

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

/** Looks at the machine. */
export function readMachine(): MachineFacts {
  const cores = availableParallelism();
  return {
    class: `${platform()}-${arch()}-${cores}c`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    governor: textOf("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    cpuLimit: textOf("/sys/fs/cgroup/cpu.max"),
    memoryLimit: textOf("/sys/fs/cgroup/memory.max"),
  };
}

function outputOf(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}

/** Versions of the programs and packages that take part. */
export function readVersions(root: string): Versions {
  const require = createRequire(import.meta.url);
  const version = (name: string): string => {
    const manifest = require.resolve
      .paths(name)
      ?.map((folder) => join(folder, name, "package.json"))
      .find((path) => existsSync(path));
    if (manifest === undefined) return "unknown";
    return blindCast<{ readonly version: string }, "a manifest">(JSON.parse(readFileSync(manifest, "utf8"))).version;
  };
  return {
    node: process.versions.node,
    rustc: outputOf("rustc", ["--version"]),
    commit: outputOf("git", ["-C", root, "rev-parse", "HEAD"]),
    deltafuse: version("@deltafuse/session-core"),
    duckdb: version("@duckdb/node-api"),
    polars: version("nodejs-polars"),
  };
}

const askForContract = `
  const binding = await import(process.argv[1]);
  process.stdout.write(binding.contract());
`;

/** The id of the native extension, asked in a process of its own. */
export function readBuildId(root: string): string {
  const loader = new URL("native/binding.js", `file://${root}/`).href;
  const contract = outputOf(process.execPath, ["--input-type=module", "--eval", askForContract, loader]);
  return contract === "unknown"
    ? contract
    : blindCast<{ readonly buildId: string }, "its contract">(JSON.parse(contract)).buildId;
}
