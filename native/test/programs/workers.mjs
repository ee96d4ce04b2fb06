// Four threads, each with the extension and a session of its own; one is terminated in the middle of its queries.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { codeOf, countRows, native, openSession, openStream, report, request } from "./extension.mjs";

const long = "SELECT value FROM range(0, 300000000) ORDER BY value * 7919 % 1000003";
const types = { arguments: [{ name: "a", type: "int64" }], returns: "int64" };
const rest = { version: "0", volatility: "volatile", nulls: "strict", batchSize: 8192, timeoutMs: 0, replace: true };

async function terminated(session) {
  await session.registerFunction(request({ name: "f", ...types, ...rest }), {
    callback: () => {
      parentPort.postMessage("called", []);
      for (;;);
    },
  });
  const unread = await openStream(session, "SELECT value FROM range(0, 100000000)");
  await unread.next();
  const running = [countRows(session, long), countRows(session, long)];
  running.push(countRows(session, "SELECT f(value) FROM range(0, 100000)"));
  parentPort.postMessage("running", []);
  await Promise.all(running);
}

async function worker() {
  const session = await openSession();
  if (workerData === 0) return terminated(session);
  let rows = 0;
  const stop = new AbortController();
  parentPort.once("message", () => stop.abort());
  while (!stop.signal.aborted) rows += await countRows(session, "SELECT value FROM range(0, 10000)");
  for (let round = 0; round < 20; round++) rows += await countRows(session, "SELECT value FROM range(0, 10000)");
  session.close();
  parentPort.postMessage(rows, []);
  return undefined;
}

async function main() {
  const workers = [0, 1, 2, 3].map((number) => new Worker(new URL(import.meta.url), { workerData: number }));
  const exits = workers.map((one) => new Promise((resolve) => one.once("exit", resolve)));
  const [first, ...others] = workers;
  await new Promise((resolve) => first.on("message", (message) => message === "called" && resolve()));
  await first.terminate();
  const session = await openSession();
  const mine = await countRows(session, "SELECT value FROM range(0, 100000)");
  const results = others.map((one) => new Promise((resolve) => one.once("message", resolve)));
  for (const one of others) one.postMessage("stop", []);
  const rows = await Promise.all(results);
  const codes = await Promise.all(exits);
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  const { handles } = JSON.parse(native.runtimeStats());
  report({
    mine,
    rows,
    codes,
    handles,
    idleMilliseconds: (user + system) / 1000,
    next: await codeOf(countRows(session, "SELECT 1")),
  });
  session.close();
}

await (isMainThread ? main() : worker());
