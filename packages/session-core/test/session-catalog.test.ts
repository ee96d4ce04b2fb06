import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { expect, it } from "vitest";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

function open(profile: ProfileInput = {}, options: OpenSessionOptions = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...profile }), options);
}

it("makes views of frames, replaces only when asked, and drops", async () => {
  const hooks = recordingHooks();
  await using session = await open({}, { hooks });
  const frame = session.sql("SELECT 1 AS a");
  await session.createView('"My View"', frame);
  await expect(session.createView('"My View"', frame)).rejects.toMatchObject({
    code: "SESSION.OBJECT_EXISTS",
    details: { name: expect.stringContaining("My View") },
  });
  await session.createView('"My View"', session.sql("SELECT 2 AS a"), { replace: true });
  expect(await session.table("My View").rows({ values: "plain" })).toEqual([{ a: 2 }]);
  await session.drop("view", "My View");
  await session.drop("view", "My View", { ifExists: true });
  await expect(session.drop("view", "My View")).rejects.toMatchObject({ code: "SESSION.OBJECT_NOT_FOUND" });
  await expect(session.table("My View").rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  expect(hooks.of("table.registered").map((event) => event.replaced)).toEqual([false, true]);
  expect(hooks.of("table.dropped").length).toBe(1);
});

it("drops what is of the kind that is meant", async () => {
  await using session = await open({ sql: { policy: "admin" } });
  await session.execute("CREATE TABLE t AS SELECT 1 AS n");
  await expect(session.drop("view", "t")).rejects.toMatchObject({ code: "SESSION.OBJECT_NOT_FOUND" });
  await session.drop("view", "t", { ifExists: true });
  await session.execute("DROP VIEW IF EXISTS t");
  expect(await session.table("t").rows({ values: "plain" })).toEqual([{ n: 1 }]);
});

it("is read without SQL and without information_schema", async () => {
  await using session = await open({ catalog: { informationSchema: false } });
  await session.createView("views.v", session.sql("SELECT 1 AS a"));
  const { epoch, catalogs } = await session.inspect({ parts: ["columns"], schema: "views" });
  expect(catalogs).toEqual([
    {
      name: "datafusion",
      schemas: [
        {
          name: "views",
          tables: [{ name: "v", kind: "view", fields: [{ name: "a", type: { type: "int64" }, nullable: false }] }],
        },
      ],
    },
  ]);
  expect(await session.inspect({ parts: [] })).toEqual({ epoch, catalogs: [] });
});

it("does not mix frames of two sessions", async () => {
  await using one = await open();
  await using two = await open();
  const foreign = expect.objectContaining({
    code: "FRAME.FOREIGN_SESSION",
    details: { sessionId: one.id, otherSessionId: two.id },
  });
  const frame = one.sql("SELECT 1 AS a");
  expect(() => frame.union(two.sql("SELECT 2 AS a"))).toThrow(foreign);
  expect(() => frame.join(two.sql("SELECT 2 AS a"), { on: ["a"] })).toThrow(foreign);
  await expect(one.createView("v", two.sql("SELECT 2 AS a"))).rejects.toEqual(foreign);
});
