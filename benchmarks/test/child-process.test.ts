import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProcess } from "../src/child-process.ts";
import { singleRepetition } from "../src/measurement.ts";
import { repositoryFolder } from "../src/place.ts";
import type { Job } from "../src/protocol.ts";
import { waitForQuiet } from "../src/quiet-machine.ts";
import { LockedError, machineLock, withRunLock } from "../src/run-lock.ts";
import { simulatedProgram, type Told } from "./simulation.ts";

const job: Job = {
  contestant: "deltafuse",
  workloads: ["one", "two"],
  suite: "smoke",
  scales: {},
  tables: {},
  limits: { threads: 1, partitions: 1, memoryGiB: 1 },
  scratch: "/nowhere",
  repetition: singleRepetition,
  collect: { times: true, digest: false, counters: false, plan: false, session: false },
};

const run = async (told: Told, silenceMs = 60_000) => {
  const { outcomes, noise } = await runProcess(simulatedProgram(told), job, () => silenceMs);
  return { outcomes: Object.fromEntries(outcomes), noise };
};

describe("runProcess", () => {
  it("takes what a process says and keeps what is noise", async () => {
    const noise = ["Loading the engine", '{"bench":1,broken', '{"other":true}'];
    const { outcomes, noise: kept } = await run({ noise });
    expect(kept).toEqual(noise);
    expect(outcomes["two"]).toMatchObject({ kind: "measured", answer: ["1 row"], samples: [{ ms: 100 }, {}, {}] });
  });

  it("tells of a process that crashes, ends early or refuses, for every workload it said nothing about", async () => {
    const failed = (message: RegExp) => ({ kind: "failed", message: expect.stringMatching(message) });
    const crashed = failed(/^The process ended with signal SIGABRT before it had a result\./);
    expect((await run({ end: "crash" })).outcomes).toEqual({ one: crashed, two: crashed });
    const ended = (await run({ end: "exit", noise: ["out of memory"] })).outcomes["one"];
    expect(ended).toEqual(failed(/ended with code 7 .* It printed: out of memory$/));
    const refused = failed(/^It has 1 threads, not 2\.$/);
    expect((await run({ end: "refuse" })).outcomes).toEqual({ one: refused, two: refused });
  });

  it("ends a process that is silent for too long", async () => {
    const timeout = { kind: "timeout", afterMs: 1500 };
    expect((await run({ end: "hang" }, 1500)).outcomes).toEqual({ one: timeout, two: timeout });
  });

  it("tells of a program that is not there", async () => {
    const missing = runProcess({ command: join(tmpdir(), "no-such-program"), args: [] }, job, () => 1000);
    await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("withRunLock", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deltafuse-lock-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("lets one run go on at a time, and is gone afterwards", async () => {
    const lock = join(folder, "lock");
    const inside = await withRunLock(async () => {
      await expect(withRunLock(() => Promise.resolve(), lock)).rejects.toThrow(LockedError);
      return readFile(lock, "utf8");
    }, lock);
    expect(inside).toBe(String(process.pid));
    await expect(withRunLock(() => Promise.resolve("again"), lock)).resolves.toBe("again");
    await expect(readFile(lock)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is one for all clones of a machine, and respects the processes of other users", async () => {
    expect(machineLock.startsWith(repositoryFolder)).toBe(false);
    const lock = join(folder, "other");
    await writeFile(lock, "1");
    await expect(withRunLock(() => Promise.resolve(), lock)).rejects.toThrow(/^Process 1 runs benchmarks/);
  });

  it("takes over the lock of a process that is gone", async () => {
    const lock = join(folder, "stale");
    await writeFile(lock, "2147483646");
    await expect(withRunLock(() => Promise.resolve("mine"), lock)).resolves.toBe("mine");
  });
});

describe("waitForQuiet", () => {
  const watch = (loads: number[], mostMs: number) => {
    const seen: number[] = [];
    const load = () => (loads.length > 1 ? (loads.shift() ?? 0) : (loads[0] ?? 0));
    return { seen, options: { load, cores: 2, mostMs, pollMs: 1, onWait: (one: number) => seen.push(one) } };
  };

  it("waits until half of the cores are free", async () => {
    const { options, seen } = watch([3, 3, 2, 2, 1], 10_000);
    await expect(waitForQuiet(options)).resolves.toBe(true);
    expect(seen).toEqual([3, 2]);
  });

  it("gives up on a machine that stays busy", async () => {
    await expect(waitForQuiet(watch([2], 5).options)).resolves.toBe(false);
  });
});
