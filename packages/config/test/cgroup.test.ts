import { describe, expect, it } from "vitest";
import { cgroupLimits, type CgroupLimits } from "../src/cgroup.ts";

const mount2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const mib = 1024 ** 2;

function limits(files: Readonly<Record<string, string>>): CgroupLimits {
  return cgroupLimits((path) => (Object.hasOwn(files, path) ? files[path] : undefined));
}

function version2(group: string, files: Readonly<Record<string, string>>): CgroupLimits {
  const folder = "/sys/fs/cgroup";
  const inside = Object.entries(files).map(([path, text]) => [`${folder}${path}`, `${text}\n`] as const);
  return limits({
    "/proc/self/cgroup": `0::${group}\n`,
    "/proc/self/mountinfo": `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mount2}\n`,
    ...Object.fromEntries(inside),
  });
}

describe("version 2", () => {
  it("limits memory and cores in a container, which is its own root", () => {
    const files = { "/memory.max": String(512 * mib), "/cpu.max": "250000 100000" };
    expect(version2("/", files)).toEqual({ cores: 2, memoryBytes: 512 * mib });
  });

  it("has at least one core", () => {
    expect(version2("/", { "/cpu.max": "50000 100000" }).cores).toBe(1);
  });

  it("has no limit where it says max, or nothing", () => {
    expect(version2("/", { "/memory.max": "max", "/memory.high": "max", "/cpu.max": "max 100000" })).toEqual({
      cores: null,
      memoryBytes: null,
    });
    expect(version2("/user.slice", {})).toEqual({ cores: null, memoryBytes: null });
  });

  it("counts the memory from which on the kernel slows a group down", () => {
    expect(version2("/", { "/memory.max": String(8 * mib), "/memory.high": String(6 * mib) }).memoryBytes).toBe(
      6 * mib,
    );
  });

  it("takes the least of a group and the groups around it", () => {
    const files = {
      "/a/memory.max": String(4 * mib),
      "/a/b/memory.max": String(9 * mib),
      "/a/b/c/memory.max": "max",
      "/a/cpu.max": "max 100000",
      "/a/b/c/cpu.max": "300000 100000",
    };
    expect(version2("/a/b/c", files)).toEqual({ cores: 3, memoryBytes: 4 * mib });
  });
});

describe("version 1", () => {
  const mounts = [
    "31 25 0:27 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
    "32 25 0:28 /docker/x /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct",
  ].join("\n");
  const files = {
    "/proc/self/mountinfo": mounts,
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": String(256 * mib),
    "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000",
    "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
  };

  it("limits a container whose group is the root of its mounts", () => {
    const groups = "9:memory:/docker/x\n5:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n";
    expect(limits({ ...files, "/proc/self/cgroup": groups })).toEqual({ cores: 4, memoryBytes: 256 * mib });
  });

  it("limits a group below the root of its mounts", () => {
    const inside = { "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": String(64 * mib) };
    const groups = "9:memory:/docker/x/job\n5:cpu,cpuacct:/docker/x\n";
    expect(limits({ ...files, ...inside, "/proc/self/cgroup": groups })).toEqual({ cores: 4, memoryBytes: 64 * mib });
  });

  it("has no limit of cores where the quota is -1", () => {
    const free = { "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1" };
    const groups = "9:memory:/docker/x\n5:cpu,cpuacct:/docker/x\n";
    expect(limits({ ...files, ...free, "/proc/self/cgroup": groups }).cores).toBeNull();
  });
});

describe("both versions at once", () => {
  it("count together", () => {
    const found = limits({
      "/proc/self/cgroup": "9:memory:/\n0::/\n",
      "/proc/self/mountinfo": `31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n${mount2}`,
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      "/sys/fs/cgroup/cpu.max": "100000 100000",
    });
    expect(found).toEqual({ cores: 1, memoryBytes: 9_223_372_036_854_771_712 });
  });
});

it("there are no limits without control groups", () => {
  expect(limits({})).toEqual({ cores: null, memoryBytes: null });
});
