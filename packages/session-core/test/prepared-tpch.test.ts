import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowTexts } from "./random-tables.ts";
import { openSession, type Session } from "../src/session.ts";
import { createTpch, tpchNumbers, tpchQuery } from "./tpch-tables.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await createTpch(session);
}, 120_000);
afterAll(() => session.close());

describe("the queries of TPC-H", () => {
  it.each(tpchNumbers)("query %i gives prepared, also a second time, what it gives as a text", async (number) => {
    const text = tpchQuery(number);
    const rows = (await rowTexts(session.sql(text))).toSorted();
    await using prepared = await session.prepare(text);
    expect((await rowTexts(prepared.bind())).toSorted()).toEqual(rows);
    expect((await rowTexts(prepared.bind())).toSorted()).toEqual(rows);
  });

  it("find rows in the small tables", async () => {
    const counts = await Promise.all(tpchNumbers.map((number) => session.sql(tpchQuery(number)).count()));
    expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(15);
  });
});
