import { execFileSync } from "node:child_process";
import { lookup } from "node:dns/promises";
import { closeSync, constants, open, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCancel, type NativeSession } from "../binding.js";
import { executed, failureOf, numberOf, openSession } from "./native-call.ts";

const heavy = "SELECT count(*) FROM range(0, 1000000000) WHERE length(md5(concat('', value))) < 0";
const file = new URL("../binding.d.ts", import.meta.url);

let session: NativeSession;

beforeAll(async () => {
  session = await openSession();
});

afterAll(() => session.close());

/** Runs something while all four threads of libuv's pool hang in system calls. */
async function withoutLibuv<T>(work: () => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "deltafuse-libuv-"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  let opened = 0;
  const opening = Array.from({ length: 4 }, async () => {
    const descriptor = await promisify(open)(pipe, constants.O_RDONLY);
    opened += 1;
    return descriptor;
  });
  try {
    await setTimeout(50);
    return await work();
  } finally {
    expect(opened).toBe(0);
    const writer = openSync(pipe, constants.O_WRONLY);
    for (const descriptor of await Promise.all(opening)) closeSync(descriptor);
    closeSync(writer);
    await rm(folder, { recursive: true, force: true });
  }
}

describe("many queries at once", () => {
  it("need no thread of libuv", async () => {
    const numbers = await withoutLibuv(() =>
      Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          numberOf(session, `SELECT sum(value % 10) + ${index} FROM range(0, 10000)`),
        ),
      ),
    );
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => 45_000 + index));
  });

  it("leave files and names to others", async () => {
    const cancel = createCancel();
    let ended = 0;
    const queries = Array.from({ length: 200 }, async () => {
      const failure = await failureOf(executed(session, heavy, cancel));
      ended += 1;
      return failure.code;
    });
    await setTimeout(100);
    for (let round = 0; round < 20; round++) {
      expect((await readFile(file, "utf8")).length).toBeGreaterThan(1000);
      expect((await lookup("localhost")).address).toMatch(/^(?:127\.|::1)/);
    }
    expect(ended).toBe(0);
    cancel.cancel();
    expect(new Set(await Promise.all(queries))).toEqual(new Set(["NATIVE.CANCELLED"]));
  }, 120_000);
});

describe("the event loop", () => {
  it("keeps turning while a heavy query runs", async () => {
    const cancel = createCancel();
    const query = failureOf(executed(session, heavy, cancel));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let turns = 0;
    const end = Date.now() + 1500;
    while (Date.now() < end) {
      await setTimeout(5);
      await setImmediate();
      turns += 1;
    }
    delay.disable();
    cancel.cancel();
    expect((await query).code).toBe("NATIVE.CANCELLED");
    expect(turns).toBeGreaterThan(30);
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  });
});
