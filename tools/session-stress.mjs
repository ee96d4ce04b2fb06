// Opens and closes sessions, runs small queries and takes leases of a pool, thousands of each, and fails when memory grows:
// node tools/session-stress.mjs [sessions=10000] [queries=100000] [leases=1000]
import { spawnSync } from "node:child_process";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

const sourceCondition = "--conditions=@deltafuse/source";
const program = fileURLToPath(import.meta.url);
const megabyte = 2 ** 20;
const mostGrowth = 96;

/** Resident memory without what waits for the next collection of garbage. */
function memory() {
  globalThis.gc();
  return Math.round(process.memoryUsage().rss / megabyte);
}

/** Runs work in ten parts after a first one, and tells of time and memory. */
async function measured(name, count, work) {
  const part = Math.max(1, Math.ceil(count / 10));
  await work(part);
  const before = memory();
  const began = performance.now();
  for (let done = 0; done < count; done += part) await work(part);
  const each = (performance.now() - began) / (Math.ceil(count / part) * part);
  const grown = memory() - before;
  console.log(`${name}: ${count} times, ${each.toFixed(3)} ms each, memory ${before} MB, grown by ${grown} MB`);
  return grown <= mostGrowth;
}

async function main(counts) {
  const load = (name) => import(new URL(`../packages/${name}`, import.meta.url).href);
  const { parseProfile } = await load("config/src/profile.ts");
  const { openSession } = await load("session-core/src/session.ts");
  const { openSessionPool } = await load("session-core/src/session-pool.ts");
  const { runtimeStats } = await load("session-core/src/native-runtime.ts");
  const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });

  const sessions = async (count) => {
    for (let index = 0; index < count; index += 1) await (await openSession(profile)).close();
  };
  const session = await openSession(profile);
  const queries = async (count) => {
    for (let index = 0; index < count; index += 1) {
      await session.sql("SELECT $1 + 1 AS n", { parameters: [index] }).rows();
    }
  };
  const pool = await openSessionPool(profile, { size: 2 });
  const leases = async (count) => {
    for (let index = 0; index < count; index += 1) {
      const lease = await pool.acquire();
      await lease.session.execute(`CREATE TABLE ${lease.prefix}t AS SELECT value FROM range(1000)`);
      await lease.session.execute("SET datafusion.execution.batch_size = 100");
      await lease.session.execute("PREPARE q AS SELECT 1 AS one");
      await lease.close();
    }
  };
  const flat = [
    await measured("sessions", counts.sessions, sessions),
    await measured("queries", counts.queries, queries),
    await measured("leases", counts.leases, leases),
  ];
  await pool.close();
  await session.close();
  const { handles, leaked } = await runtimeStats();
  console.log(`handles ${JSON.stringify(handles)}, leaked ${leaked}`);
  return flat.every(Boolean) && handles.session === 0 && handles.stream === 0 && leaked === 0 ? 0 : 1;
}

const given = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split("=")));
const counts = { sessions: 10_000, queries: 100_000, leases: 1000 };
for (const [name, count] of Object.entries(given)) counts[name] = Number(count);

if (process.execArgv.includes(sourceCondition)) {
  register("./typescript-loader.mjs", import.meta.url);
  process.exitCode = await main(counts);
} else {
  const flags = [sourceCondition, "--expose-gc", program, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, flags, { stdio: "inherit" }).status ?? 1;
}
