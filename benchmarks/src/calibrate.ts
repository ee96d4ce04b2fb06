/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows. */
// A process that looks at the machine: memory bandwidth with as many threads as its argument says, and SHA-256.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { blindCast } from "@deltafuse/config/casts";
import type { Calibration } from "./calibration.ts";

const readBytes = 2 ** 30;
/** Larger than the caches of processors. */
const blockBytes = 2 ** 27;
const hashedBytes = 2 ** 26;
const attempts = 3;

/** Reads a block again and again; searching for a byte that is not there runs at the speed of the memory. */
function readBlock(block: Buffer, bytes: number): void {
  for (let read = 0; read < bytes; read += block.length) block.indexOf(2);
}

function serveReader(bytes: number): void {
  const block = Buffer.alloc(blockBytes, 1);
  parentPort?.on("message", () => {
    readBlock(block, bytes);
    parentPort?.postMessage("read");
  });
  parentPort?.postMessage("ready");
}

const answered = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });

async function bandwidth(threads: number): Promise<number> {
  const share = readBytes / threads;
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: share }));
  await Promise.all(workers.map(answered));
  const speeds: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    const began = performance.now();
    const read = Promise.all(workers.map(answered));
    for (const worker of workers) worker.postMessage("read");
    await read;
    speeds.push(readBytes / 1e6 / (performance.now() - began));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return Math.max(...speeds);
}

function sha256Ms(): number {
  const block = Buffer.alloc(hashedBytes, 1);
  const began = performance.now();
  createHash("sha256").update(block).digest();
  return performance.now() - began;
}

function swappedPages(): number {
  try {
    const counts = readFileSync("/proc/vmstat", "utf8").matchAll(/^pswp(?:in|out) (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  } catch {
    return 0;
  }
}

async function main(): Promise<void> {
  const threads = Number(process.argv[2]);
  const calibration: Calibration = {
    bandwidth: await bandwidth(threads),
    sha256Ms: sha256Ms(),
    swappedPages: swappedPages(),
  };
  process.stdout.write(`${JSON.stringify(calibration)}\n`);
}

if (isMainThread) await main();
else serveReader(blindCast<number, "the main thread gave it">(workerData));
