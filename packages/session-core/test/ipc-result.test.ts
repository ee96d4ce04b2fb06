import { parseProfile } from "@deltafuse/config/profile";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { runtimeStats } from "../src/native-runtime.ts";
import type { Frame } from "../src/frame.ts";
import { openSession } from "../src/session.ts";

const open = (targetPartitions = 2) => openSession(parseProfile({ preset: "test", execution: { targetPartitions } }));

async function ipcBytes(frame: Frame): Promise<Uint8Array> {
  const stream = await frame.stream();
  return new Uint8Array(await new Response(stream.ipc()).arrayBuffer());
}

describe("ipc", () => {
  it("gives the result as one Arrow IPC stream", async () => {
    await using session = await open();
    const frame = session.sql(
      "SELECT value AS n, concat('row ', value) AS text, CASE WHEN value % 3 = 0 THEN value / 2.0 END AS half FROM range(0, 30000)",
    );
    const table = tableFromIPC(await ipcBytes(frame));
    const expected = await frame.collect();
    expect(table.schema.toString()).toBe(expected.schema.toString());
    expect(table.numRows).toBe(30_000);
    const sorted = (rows: typeof table): readonly string[] =>
      rows
        .toArray()
        .map((row) =>
          JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
        )
        .toSorted((left, right) => left.localeCompare(right));
    expect(sorted(table)).toEqual(sorted(expected));
  });

  it("casts as the schema of the stream says", async () => {
    await using session = await open();
    const frame = session.sql("SELECT arrow_cast('view', 'Utf8View') AS v, arrow_cast(1.5, 'Decimal256(50, 2)') AS d");
    const stream = await frame.stream();
    const table = tableFromIPC(new Uint8Array(await new Response(stream.ipc()).arrayBuffer()));
    expect(table.schema.fields.map((field) => field.type.toString())).toEqual(["Utf8", "Utf8"]);
    expect(table.toArray().map((row) => row.toJSON())).toEqual([{ v: "view", d: "1.50" }]);
  });

  it("sends dictionaries that change from batch to batch", async () => {
    await using session = await open(4);
    const frame = session.sql(
      "SELECT arrow_cast(concat('group ', value / 9000), 'Dictionary(Int32, Utf8)') AS g, value FROM range(0, 30000)",
    );
    const table = tableFromIPC(await ipcBytes(frame));
    const groups = new Set(Array.from({ length: table.numRows }, (_, row) => String(table.getChild("g")?.get(row))));
    expect([...groups].toSorted()).toEqual(["group 0", "group 1", "group 2", "group 3"]);
  });

  it("is a schema and an end for a result without rows", async () => {
    await using session = await open();
    const table = tableFromIPC(await ipcBytes(session.sql("SELECT value FROM range(0, 10) WHERE value > 100")));
    expect([table.numRows, table.schema.fields.map((field) => field.name)]).toEqual([0, ["value"]]);
  });

  it("stops the query when it is cancelled, before or after its first piece", async () => {
    await using session = await open();
    const frame = session.sql("SELECT value FROM range(0, 1000000000)");
    for (const pieces of [0, 1, 2]) {
      const reader = (await frame.stream()).ipc().getReader();
      for (let read = 0; read < pieces; read += 1) await reader.read();
      await reader.cancel();
    }
    await using one = await frame.stream();
    one.ipc();
    expect(() => one.ipc()).toThrow(expect.objectContaining({ code: "QUERY.STREAM_CONSUMED" }));
  });

  it("fails with the error of the query", async () => {
    await using session = await open();
    const failing = ipcBytes(session.sql("SELECT 10 / (value - 20000) AS q FROM range(0, 30000)"));
    await expect(failing).rejects.toMatchObject({ code: "ENGINE.EXECUTION" });
    expect((await runtimeStats()).handles["stream"] ?? 0).toBe(0);
  });
});
