import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import { runtimeStats } from "../src/native-runtime.ts";
import type { RecordBatchStream } from "../src/record-batch-stream.ts";
import { openSession } from "../src/session.ts";

const megabyte = 2 ** 20;

/** Without what waits for the next collection of garbage, whose time is up to the load of the machine. */
function memoryInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().rss;
}

/** What was read, and the most megabytes that were in use meanwhile. */
interface Reading {
  readonly rows: number;
  readonly most: number;
}

async function counted<T>(parts: AsyncIterable<T>, rowsOf: (part: T) => number): Promise<Reading> {
  let [rows, looked, most] = [0, 0, 0];
  for await (const part of parts) {
    rows += rowsOf(part);
    if (rows - looked < 8192) continue;
    looked = rows;
    most = Math.max(most, process.memoryUsage.rss() / megabyte);
  }
  return { rows, most };
}

describe("memory", () => {
  it("stays flat over 12 000 small queries", async () => {
    await using session = await openSession(parseProfile({ preset: "test" }));
    const run = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const [row] = await session.sql("SELECT $1 + 1 AS n", { parameters: [index] }).rows({ values: "plain" });
        if (row?.["n"] !== index + 1) throw new Error(`Query ${index} gave ${JSON.stringify(row)}`);
      }
    };
    await run(2000);
    // What leaks grows in every round; what an allocator or the collector keeps for a while does not.
    const grown: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = memoryInUse();
      await run(3000);
      grown.push((memoryInUse() - before) / megabyte);
    }
    expect(Math.min(...grown)).toBeLessThan(12);
    expect((await runtimeStats()).handles["stream"]).toBe(0);
  }, 120_000);

  it("stays flat over frames of rows that nobody uses any more", async () => {
    await using session = await openSession(parseProfile({ preset: "test" }));
    const rows = Array.from({ length: 100_000 }, (_, index) => ({ index, text: `row ${index}` }));
    const frames = 300;
    let most = 0;
    for (let index = 0; index < frames; index += 1) {
      expect(await session.fromRows(rows).count()).toBe(rows.length);
      most = Math.max(most, process.memoryUsage().rss / megabyte);
    }
    expect((await runtimeStats()).handles["bytes"]).toBeLessThan(frames / 2);
    expect(most).toBeLessThan(1024);
  }, 120_000);

  it.each([
    ["columns", (stream) => counted(stream.columns(), ({ rows }) => rows)],
    ["row batches", (stream) => counted(stream.rowBatches(), (batch) => [...batch].length)],
    ["rows", (stream) => counted(stream.rows(), () => 1)],
  ] as const satisfies readonly (readonly [string, (stream: RecordBatchStream) => Promise<Reading>])[])(
    "stays flat over a long stream that is read as %s and dropped",
    async (_name, read) => {
      await using session = await openSession(parseProfile({ preset: "test" }));
      const frame = session.sql("SELECT value, repeat('x', 400) AS text FROM range(0, 5000000)");
      await using stream = await frame.stream();
      const { rows, most } = await read(stream);
      expect(rows).toBe(5_000_000);
      expect(most).toBeLessThan(1024);
    },
    120_000,
  );
});

describe("sessions", () => {
  it("are opened and closed by the hundred, and leave nothing", async () => {
    const profile = parseProfile({ preset: "test", prepared: [{ name: "one", sql: "SELECT 1 AS one" }] });
    const openAndClose = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        await using session = await openSession(profile);
        if ((await session.sql("EXECUTE one").count()) !== 1) throw new Error(`Session ${index} has no prepared query`);
      }
    };
    await openAndClose(30);
    const before = memoryInUse();
    await openAndClose(200);
    const grown = (memoryInUse() - before) / megabyte;
    expect(grown).toBeLessThan(64);
    const { handles, leaked } = await runtimeStats();
    expect([handles["session"], handles["stream"], leaked]).toEqual([0, 0, 0]);
  }, 120_000);
});

describe("concurrent sessions", () => {
  it("do not see each other's tables and settings", async () => {
    const sessions = await Promise.all(
      [11, 22, 33].map((batchSize) =>
        openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, execution: { batchSize } })),
      ),
    );
    try {
      const found = await Promise.all(
        sessions.map(async (session, index) => {
          await session.execute(`CREATE TABLE t AS SELECT ${index} AS i FROM range(0, 1000)`);
          const { entries } = await session.settings();
          const size = entries.find(({ key }) => key === "datafusion.execution.batch_size")?.value;
          return [size, await session.sql("SELECT DISTINCT i FROM t").rows({ values: "plain" })];
        }),
      );
      expect(found).toEqual([
        ["11", [{ i: 0 }]],
        ["22", [{ i: 1 }]],
        ["33", [{ i: 2 }]],
      ]);
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
  });
});

describe("a program", () => {
  const run = promisify(execFile);
  const loader = new URL("../../../tools/typescript-loader.mjs", import.meta.url).href;
  const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;

  async function program(body: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const source = `
      import { Session } from "node:inspector";
      const inspector = new Session();
      inspector.connect();
      const scripts = [];
      inspector.on("Debugger.scriptParsed", ({ params }) => scripts.push(params.url));
      inspector.post("Debugger.enable");
      const { openSession } = await import("@deltafuse/session-core/session");
      const { parseProfile } = await import("@deltafuse/config/profile");
      const opening = openSession(parseProfile({ preset: "test" }));
      ${body}`;
    const { stdout } = await run(
      process.execPath,
      [
        "--conditions=@deltafuse/source",
        `--import=data:text/javascript,${encodeURIComponent(register)}`,
        "--input-type=module",
        `--eval=${source}`,
      ],
      { timeout: 60_000, cwd: new URL("..", import.meta.url), env: { ...process.env, ...env } },
    );
    return stdout.trim();
  }

  it("exits by itself, also with a session whose metrics are read again and again", async () => {
    const stdout = await program(`
      await openSession(parseProfile({ preset: "test", diagnostics: { sampleMetrics: 5 } }));
      await opening;
      console.log("opened");`);
    expect(stdout).toBe("opened");
  });

  it("exits by itself, also with an open session and streams that were not read to their end", async () => {
    const stdout = await program(`
      const session = await opening;
      const long = session.sql("SELECT value FROM range(0, 1000000000)");
      for await (const batch of (await long.stream()).columns()) {
        console.log(batch.rows > 0);
        break;
      }
      await long.stream();
    `);
    expect(stdout).toBe("true");
  });

  it("loads apache-arrow when it asks for Arrow objects, not before", async () => {
    const stdout = await program(`
      const session = await opening;
      const isLoaded = () => scripts.some((url) => url.includes("/apache-arrow/"));
      const frame = session.fromRows([{ a: 1 }]).filter((await import("@deltafuse/session-core/expression")).col("a").gt(0));
      await frame.rows();
      console.log(scripts.some((url) => url.includes("/session-core/src/")), isLoaded());
      await frame.collect();
      console.log(isLoaded());
      await session.close();
    `);
    expect(stdout).toBe("true false\ntrue");
  });

  it("hears what to do when the native extension does not load", async () => {
    const stdout = await program(
      `await opening.catch(({ code, message }) => console.log(code, message.includes("npm run build")));`,
      { NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere/deltafuse.node" },
    );
    expect(stdout).toBe("NATIVE.LOAD_FAILED true");
  });
});
