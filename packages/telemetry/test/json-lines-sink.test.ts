import { appendFile, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JsonLinesSinkOptions, jsonLinesSink } from "../src/json-lines-sink.ts";
import { encodeJsonLine, readJsonLines } from "../src/json-lines.ts";
import { findingRecord } from "../src/record-kinds.ts";
import type { TelemetryRecord } from "../src/record.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { minimalBodies } from "./sample-bodies.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "telemetry-"));
});
afterEach(async () => rm(folder, { recursive: true }));

const source = createTelemetry({ validate: "throw" });

function newRecords(count: number): readonly TelemetryRecord[] {
  source.recorder.clear();
  for (let index = 0; index < count; index += 1) source.record(findingRecord, minimalBodies.finding);
  return source.recorder.snapshot();
}

async function seqs(file: string): Promise<number[]> {
  const found: number[] = [];
  for await (const record of readJsonLines(path.join(folder, file))) found.push(record.seq);
  return found;
}

async function writeAll(
  options: Omit<JsonLinesSinkOptions, "path">,
  batches: readonly (readonly TelemetryRecord[])[],
): Promise<void> {
  const sink = jsonLinesSink({ path: path.join(folder, "records.jsonl"), ...options });
  for (const batch of batches) await sink.write(batch, {});
  await sink.close?.();
}

describe("jsonLinesSink", () => {
  it("makes its folder and appends whole lines", async () => {
    const file = path.join(folder, "a", "b", "records.jsonl");
    const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: file, fsync: true })] });
    telemetry.record(findingRecord, minimalBodies.finding);
    await telemetry.flush();
    telemetry.record(findingRecord, minimalBodies.finding);
    await telemetry.close();
    const lines = telemetry.recorder.snapshot().map((record) => `${encodeJsonLine(record)}\n`);
    expect(await readFile(file, "utf8")).toBe(lines.join(""));
  });

  it("continues a file that is there", async () => {
    const [first, second] = [newRecords(1), newRecords(1)];
    await writeAll({}, [first]);
    await writeAll({}, [second]);
    expect(await seqs("records.jsonl")).toEqual([...first, ...second].map(({ seq }) => seq));
  });

  it("begins a new file when the old one is full and keeps as many as it may", async () => {
    const batches = [1, 2, 3, 4, 5].map(() => newRecords(2));
    await writeAll({ maxBytes: 1, maxFiles: 3 }, batches);
    expect((await readdir(folder)).toSorted()).toEqual(["records.1.jsonl", "records.2.jsonl", "records.jsonl"]);
    const kept = [await seqs("records.2.jsonl"), await seqs("records.1.jsonl"), await seqs("records.jsonl")];
    expect(kept).toEqual(batches.slice(2).map((batch) => batch.map(({ seq }) => seq)));
  });

  it("fills a file up to its size before it begins another", async () => {
    const batches = [newRecords(1), newRecords(1), newRecords(1)];
    const lineBytes = Math.max(...batches.flat().map((record) => encodeJsonLine(record).length + 1));
    await writeAll({ maxBytes: 2 * lineBytes }, batches);
    expect((await seqs("records.1.jsonl")).length).toBe(2);
    expect((await seqs("records.jsonl")).length).toBe(1);
  });

  it("keeps only one file when told to", async () => {
    const batches = [newRecords(1), newRecords(1)];
    await writeAll({ maxBytes: 1, maxFiles: 1 }, batches);
    expect(await readdir(folder)).toEqual(["records.jsonl"]);
    expect(await seqs("records.jsonl")).toEqual(batches[1]?.map(({ seq }) => seq));
  });

  it("leaves a line that a crash cut off at the end of its own file", async () => {
    const [before, after] = [newRecords(1), newRecords(1)];
    await writeAll({}, [before]);
    await appendFile(path.join(folder, "records.jsonl"), '{"kind":"fin');
    await writeAll({}, [after]);
    expect(await seqs("records.1.jsonl")).toEqual(before.map(({ seq }) => seq));
    expect(await seqs("records.jsonl")).toEqual(after.map(({ seq }) => seq));
  });

  it("reports a folder that cannot be made in its health, and nothing breaks", async () => {
    const file = path.join(folder, "file");
    await appendFile(file, "");
    const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: path.join(file, "records.jsonl") })] });
    telemetry.record(findingRecord, minimalBodies.finding);
    await telemetry.close();
    expect(telemetry.health().sinks[0]).toMatchObject({ written: 0, lost: 1 });
  });
});
