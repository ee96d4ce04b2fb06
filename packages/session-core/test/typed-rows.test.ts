import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openSession } from "../src/session.ts";

const profile = parseProfile({ preset: "test" });
const flight = z.object({ id: z.bigint(), origin: z.string().transform((text) => text.toLowerCase()) });
const sql = "SELECT value AS id, 'ATL' AS origin, 1 AS more FROM range(0, 3)";

describe("rows with a schema", () => {
  it("are what the schema gives, through every way of reading", async () => {
    await using session = await openSession(profile);
    const expected = [0n, 1n, 2n].map((id) => ({ id, origin: "atl" }));
    const frame = session.sql(sql);
    expect([...(await frame.rows({ decode: flight }))]).toEqual(expected);
    expect(await frame.first({ decode: flight })).toEqual(expected[0]);
    const streamed = [];
    for await (const row of (await frame.stream()).rows({ decode: flight })) streamed.push(row);
    const batched = [];
    for await (const batch of (await frame.stream()).rowBatches({ decode: flight })) batched.push(...batch);
    const visited: unknown[] = [];
    await (await frame.stream()).forEachRow((row) => visited.push(row), { decode: flight });
    expect([streamed, batched, visited]).toEqual([expected, expected, expected]);
  });

  it("are parsed as the mode has made them", async () => {
    await using session = await openSession(profile);
    const frame = session.sql("SELECT 1 AS id, TIMESTAMP '2026-01-02' AS day");
    const plain = z.object({ id: z.number(), day: z.date() });
    expect(await frame.first({ values: "plain", decode: plain })).toEqual({ id: 1, day: new Date("2026-01-02") });
    const json = z.object({ id: z.coerce.bigint(), day: z.iso.datetime({ local: true }) });
    expect(await frame.first({ values: "json", decode: json })).toEqual({
      id: 1n,
      day: "2026-01-02T00:00:00.000000000",
    });
  });

  it("end the query at the first row that does not fit, and name it", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(profile, { hooks });
    const small = z.object({ id: z.bigint().max(9999n) });
    const error = {
      code: "ROWS.VALUE_INVALID",
      details: {
        path: "id",
        row: 10_000,
        type: "the schema (the column is int64)",
        actual: expect.stringContaining("10000"),
        queryId: expect.any(String),
      },
    };
    const frame = session.sql("SELECT value AS id FROM range(0, 20000)");
    await expect(frame.rows({ decode: small })).rejects.toMatchObject(error);
    const read = async (): Promise<void> => {
      for await (const _row of (await frame.stream()).rows({ decode: small }));
    };
    await expect(read()).rejects.toMatchObject(error);
    const nested = session.sql("SELECT {point: {x: 1}} AS place");
    const wrong = z.object({ place: z.object({ point: z.object({ x: z.string() }) }) });
    await expect(nested.rows({ decode: wrong })).rejects.toMatchObject({
      details: { path: "place.point.x", row: 0, actual: expect.stringContaining("1") },
    });
    expect(hooks.of("query.failed").map((event) => event.error.code)).toEqual(
      Array.from({ length: 3 }, () => "ROWS.VALUE_INVALID"),
    );
  });

  it("refuse a column that is not there", async () => {
    await using session = await openSession(profile);
    await expect(session.sql("SELECT 1 AS a").rows({ decode: flight })).rejects.toMatchObject({
      code: "ROWS.VALUE_INVALID",
      details: { path: "id", row: 0, type: "the schema" },
    });
  });
});
