import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { expect, it } from "vitest";
import { openSession } from "../src/session.ts";
import { classifySql } from "../src/sql-statement.ts";

it("names a table with a dot or a quote as every function takes it", async () => {
  const hooks = recordingHooks();
  await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }), { hooks });
  await session.execute('CREATE TABLE "a.b" AS SELECT 1 AS one');
  await session.execute('CREATE VIEW public."say ""hi""" AS SELECT one FROM "a.b"');
  const [table, view] = hooks.of("table.registered").map(({ name }) => name);
  expect([table, view]).toEqual(['"a.b"', 'public."say ""hi"""']);
  expect(await session.table(table ?? "").rows({ values: "plain" })).toEqual([{ one: 1 }]);
  expect(await session.table(view ?? "").rows({ values: "plain" })).toEqual([{ one: 1 }]);
  await session.execute('DROP VIEW "say ""hi"""');
  await session.drop("table", table ?? "");
  expect(hooks.of("table.dropped").map(({ name, object }) => [object, name])).toEqual([
    ["view", '"say ""hi"""'],
    ["table", '"a.b"'],
  ]);
  expect(await classifySql('SELECT * FROM "a.b", plain."Mixed"')).toMatchObject([{ reads: ['"a.b"', "plain.Mixed"] }]);
});
