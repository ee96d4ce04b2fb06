import { parseProfile } from "@deltafuse/config/profile";
import { expect, it } from "vitest";
import { openSession } from "../src/session.ts";

// The left side is the one a hash join keeps: some 70 MB.
const join = `SELECT count(*) AS n, max(length(a.text)) AS most
  FROM (SELECT value, repeat(CAST(value AS varchar), 30) AS text FROM range(0, 400000)) AS a
  JOIN range(0, 300000) AS b USING (value)`;

const limited = (preferHash: boolean) =>
  parseProfile({ preset: "test", memory: { limit: "32MiB" }, join: { preferHash } });

it("a hash join that does not fit ends with an error that says so, and the session goes on", async () => {
  await using session = await openSession(limited(true));
  await expect(session.sql(join).rows()).rejects.toMatchObject({
    code: "ENGINE.RESOURCES_EXHAUSTED",
    message: expect.stringContaining("a hash join does not spill"),
    details: {
      limitBytes: 32 * 2 ** 20,
      consumers: expect.arrayContaining([expect.objectContaining({ canSpill: false })]),
    },
  });
  expect(await session.sql("SELECT 1 AS one").rows({ values: "plain" })).toEqual([{ one: 1 }]);
});

it("a sort-merge join of the same tables answers within that memory", async () => {
  await using session = await openSession(limited(false));
  expect(await session.sql(join).rows({ values: "plain" })).toEqual([{ n: 300_000, most: 180 }]);
});
