import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCancel, type NativeCancel, NativeProvider, type NativeSession } from "../binding.js";
import { executed, handleOf, openSession, planned, request, rowsOf, streamed } from "./native-call.ts";

interface Progress {
  readonly phase: string;
  readonly rows: number;
  readonly bytes: number;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly spilledBytes: number;
}

const counters = ["rows", "bytes", "filesDone", "filesTotal", "spilledBytes"] as const;
const rows = 1_000_000;

function progressOf(cancel: NativeCancel): Progress | null {
  const text = cancel.progress();
  return text === null ? null : JSON.parse(text);
}

describe("the progress of a call", () => {
  let folder = "";
  let session: NativeSession;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deltafuse-progress-"));
    session = await openSession();
    const source = { $handle: 0 };
    for (const part of [0, 1, 2, 3]) {
      const range = `range(${(part * rows) / 4}, ${((part + 1) * rows) / 4})`;
      const frame = await planned(session, `SELECT value, md5(concat('', value)) AS text FROM ${range}`);
      const target = { location: join(folder, `${part}.parquet`), format: "parquet", mode: "error", single: true };
      await session.writeFiles(request({ source, ...target, writeId: `w${part}` }), { handles: [frame] });
    }
    const listing = { kind: "listing", location: `${folder}/`, format: "parquet", hive: false };
    const provider = handleOf(await session.prepareTable(request(listing), {}), NativeProvider);
    const ops = [{ op: "put", name: ["t"], provider: source, replace: false }];
    await session.catalogApply(request({ ops }), { handles: [provider] });
  });

  afterAll(async () => {
    session.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is null until a plan runs", async () => {
    const cancel = createCancel();
    const frame = await planned(session, "SELECT count(*) FROM t", { cancel });
    await frame.stream(request(), {}, cancel);
    expect(progressOf(cancel)).toBe(null);
  });

  it("only grows, and ends with what was read", async () => {
    const cancel = createCancel();
    const stream = await streamed(session, "SELECT value, text FROM t");
    const seen: Progress[] = [];
    let read = 0;
    for (let batch = await stream.next(cancel); batch !== null; batch = await stream.next(cancel)) {
      read += rowsOf(batch);
      const progress = progressOf(cancel);
      expect(progress).not.toBe(null);
      if (progress !== null) seen.push(progress);
      expect(progress?.rows).toBeGreaterThanOrEqual(read);
    }
    const last = progressOf(cancel);
    expect(last).toEqual({
      phase: "running",
      rows,
      bytes: expect.any(Number),
      filesDone: last?.filesTotal,
      filesTotal: expect.any(Number),
      spilledBytes: 0,
    });
    expect(last?.bytes).toBeGreaterThan(rows);
    expect(last?.filesTotal).toBeGreaterThanOrEqual(4);
    for (const counter of counters) {
      const values = [...seen.map((progress) => progress[counter]), last?.[counter]];
      expect(values).toEqual(values.toSorted((a = 0, b = 0) => a - b));
    }
    expect(new Set(seen.map((progress) => progress.rows)).size).toBeGreaterThan(4);
    stream.close();
    expect(progressOf(cancel)).toEqual(last);
  });

  it("sums the calls that share a cancel handle, and survives their end", async () => {
    const cancel = createCancel();
    await Promise.all([1, 2, 3].map(() => executed(session, "SELECT value FROM t", cancel)));
    expect(progressOf(cancel)).toMatchObject({ rows: 3 * rows });
    expect(await executed(session, "SELECT value FROM t LIMIT 1", cancel)).toBe(1);
    expect(progressOf(cancel)?.rows).toBeGreaterThan(3 * rows);
  });

  it("counts what is spilled", async () => {
    const cancel = createCancel();
    const memory = { pool: "fair", limitBytes: 48e6, topConsumers: 3 };
    // One partition: two that merge their runs at once may leave each other too little to go on.
    const settings = [
      ["datafusion.execution.target_partitions", "1"],
      ["datafusion.execution.sort_spill_reservation_bytes", "1048576"],
    ];
    const small = await openSession({ settings, runtimeEnv: { memory } });
    await executed(small, "SELECT md5(concat('', value)) AS m FROM range(0, 1000000) ORDER BY m", cancel);
    expect(progressOf(cancel)?.spilledBytes).toBeGreaterThan(1_000_000);
    small.close();
  });
});
