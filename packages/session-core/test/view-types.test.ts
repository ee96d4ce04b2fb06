import { parseProfile } from "@deltafuse/config/profile";
import { type RecordBatch, Table } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { decodeIpc } from "../src/ipc.ts";
import type { RecordBatchStream } from "../src/record-batch-stream.ts";
import { openSession } from "../src/session.ts";

const profile = parseProfile({ preset: "test", execution: { batchSize: 1000 } });

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The RecordBatches of a stream as a Table, read in the way Arrow libraries do. */
async function tableOf(stream: RecordBatchStream): Promise<Table> {
  const batches: RecordBatch[] = [];
  for await (const batch of stream) batches.push(batch);
  return new Table(await stream.schema(), batches);
}

describe("view types", () => {
  const views = `SELECT value AS id,
    arrow_cast(CASE WHEN value % 5 = 0 THEN NULL ELSE repeat(concat('Zeile ', value), value % 4) END, 'Utf8View') AS text,
    arrow_cast(arrow_cast(concat('bytes of row ', value), 'Binary'), 'BinaryView') AS bytes,
    arrow_cast(make_array('x', NULL, concat('a text of row ', value)), 'List(Utf8View)') AS list
    FROM range(0, 5000)`;
  const keep = { viewTypes: "keep" } as const;
  const kept = ["Int64", "Utf8View", "BinaryView", "List<Utf8View>"];
  const typesOf = (table: Table): readonly string[] => table.schema.fields.map(({ type }) => String(type));

  it("cross as plain texts and bytes, or as they are", async () => {
    await using session = await openSession(profile);
    const frame = session.sql(`${views} ORDER BY id`);
    const plain = await tableOf(await frame.stream());
    const asViews = await tableOf(await frame.stream(keep));
    expect(typesOf(plain)).toEqual(["Int64", "Utf8", "Binary", "List<Utf8>"]);
    expect(typesOf(asViews)).toEqual(kept);
    const asIpc = decodeIpc(await bytesOf((await frame.stream(keep)).ipc()));
    expect(typesOf(asIpc)).toEqual(kept);
    for (const table of [asViews, asIpc]) {
      expect(table.getChild("text")?.toArray()).toEqual(plain.getChild("text")?.toArray());
      expect(table.getChild("bytes")?.toArray()).toEqual(plain.getChild("bytes")?.toArray());
    }
  });

  it("stay as they are in every partition", async () => {
    await using session = await openSession(profile);
    const partitions = await session.sql(views).streamPartitions(keep);
    const tables = await Promise.all(partitions.map(tableOf));
    expect(tables.length).toBeGreaterThan(1);
    expect(tables.map(typesOf)).toEqual(tables.map(() => kept));
    expect(tables.reduce((rows, { numRows }) => rows + numRows, 0)).toBe(5000);
  });

  it("give the same texts and rows either way", async () => {
    await using session = await openSession(profile);
    const frame = session.sql(`${views} ORDER BY id`);
    const textsOf = async (stream: RecordBatchStream): Promise<readonly unknown[]> => {
      const texts: unknown[] = [];
      for await (const { columns } of stream.columns()) texts.push(...(columns[1]?.strings() ?? []));
      return texts;
    };
    const plain = await textsOf(await frame.stream());
    expect(plain).toHaveLength(5000);
    expect(await textsOf(await frame.stream(keep))).toEqual(plain);
    const rows: unknown[] = [];
    for await (const row of (await frame.stream(keep)).rows({ values: "json" })) rows.push(row);
    expect(rows).toEqual([...(await frame.rows({ values: "json" }))]);
  });
});
