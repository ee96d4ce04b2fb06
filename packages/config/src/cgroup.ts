/** What the control groups of Linux leave to a process; null = no limit. */
export interface CgroupLimits {
  readonly cores: number | null;
  readonly memoryBytes: number | null;
}

/** Reads a file; undefined when it is not there. */
export type ReadFile = (path: string) => string | undefined;

/** Reads one limit from the folder of a group. */
type ReadLimit = (folder: string, read: ReadFile) => number | null;

interface Hierarchy {
  /** Whether a line of `/proc/self/mountinfo` mounts it. */
  readonly isMount: (type: string, options: readonly string[]) => boolean;
  /** Whether a line of `/proc/self/cgroup` names the group in it. */
  readonly isGroup: (controllers: string) => boolean;
  readonly limit: ReadLimit;
}

function positive(text: string | undefined): number | null {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}

function least(values: readonly (number | null)[]): number | null {
  const limits = values.filter((value) => value !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}

/** Whole cores, as the engine counts them. */
function quotient(quota: number | null, period: number | null): number | null {
  return quota === null || period === null ? null : Math.max(1, Math.floor(quota / period));
}

const memoryV2: ReadLimit = (folder, read) =>
  least(["memory.max", "memory.high"].map((name) => positive(read(`${folder}/${name}`)?.trim())));

const coresV2: ReadLimit = (folder, read) => {
  const [quota, period] = read(`${folder}/cpu.max`)?.trim().split(" ") ?? [];
  return quotient(positive(quota), positive(period));
};

const memoryV1: ReadLimit = (folder, read) => positive(read(`${folder}/memory.limit_in_bytes`)?.trim());

const coresV1: ReadLimit = (folder, read) => {
  const [quota, period] = ["quota", "period"].map((name) => positive(read(`${folder}/cpu.cfs_${name}_us`)?.trim()));
  return quotient(quota ?? null, period ?? null);
};

function version2(limit: ReadLimit): Hierarchy {
  return { isMount: (type) => type === "cgroup2", isGroup: (controllers) => controllers === "", limit };
}

function version1(controller: string, limit: ReadLimit): Hierarchy {
  return {
    isMount: (type, options) => type === "cgroup" && options.includes(controller),
    isGroup: (controllers) => controllers.split(",").includes(controller),
    limit,
  };
}

function lines(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split("\n").filter((line) => line !== "");
}

/** What Linux tells of the groups of this process, line by line. */
interface Membership {
  readonly groups: readonly string[];
  readonly mounts: readonly string[];
}

/** The folders of a group and of all groups around it, as far as they are mounted. */
function foldersOf({ isMount, isGroup }: Hierarchy, { groups, mounts }: Membership): readonly string[] {
  const matches = groups.map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const group = matches.find((match) => isGroup(match?.[1] ?? "-"))?.[2];
  if (group === undefined) return [];
  return mounts.flatMap((line) => {
    const [place = "", kind = ""] = line.split(" - ");
    const [, , , root = "", mount = ""] = place.split(" ");
    const [type = "", , options = ""] = kind.split(" ");
    if (!isMount(type, options.split(","))) return [];
    // A mount of a part of the hierarchy shows the groups below its root only.
    const isInside = root === "/" || group === root || group.startsWith(`${root}/`);
    const inside = isInside ? group.slice(root === "/" ? 0 : root.length) : "";
    const names = inside.split("/").filter((name) => name !== "");
    return [mount, ...names.map((_, index) => `${mount}/${names.slice(0, index + 1).join("/")}`)];
  });
}

/**
 * The limits of the control groups (versions 1 and 2) that this process is in, those around it included. Without control
 * groups, as on systems other than Linux, there are none.
 */
export function cgroupLimits(read: ReadFile): CgroupLimits {
  const mounts = lines(read("/proc/self/mountinfo")).filter((line) => line.includes(" - cgroup"));
  const membership = { groups: lines(read("/proc/self/cgroup")), mounts };
  const limitOf = (hierarchies: readonly Hierarchy[]): number | null =>
    least(hierarchies.flatMap((one) => foldersOf(one, membership).map((folder) => one.limit(folder, read))));
  return {
    cores: limitOf([version2(coresV2), version1("cpu", coresV1)]),
    memoryBytes: limitOf([version2(memoryV2), version1("memory", memoryV1)]),
  };
}
