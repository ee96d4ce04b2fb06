import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { openSessionPool } from "@deltafuse/session-core/session-pool";
import { expect, it } from "vitest";
import { functions } from "../src/extension.ts";
import { registerFunction } from "../src/registry.ts";
import { defineScalar } from "../src/scalar-function.ts";

const times = (name: string, factor: bigint) =>
  defineScalar({ name, args: { n: "int64" }, returns: "int64", call: (n) => n * factor });

it("leaves no function of a lease behind, and brings back what a lease has replaced", async () => {
  const hooks = recordingHooks();
  const profile = parseProfile({ preset: "test" });
  await using pool = await openSessionPool(profile, {
    size: 1,
    hooks,
    extensions: [functions({ define: [times("twice", 2n)] })],
  });
  const lease = await pool.acquire();
  const before = (await lease.session.runtime()).functions;
  await registerFunction(lease.session, times("twice", 20n), { replace: true });
  await registerFunction(lease.session, times("thrice", 3n));
  expect(await lease.session.sql("SELECT twice(1) AS a, thrice(1) AS b").rows()).toEqual([{ a: 20n, b: 3n }]);
  await lease.close();
  expect(hooks.of("pool.released")).toMatchObject([{ cleaned: { tables: 0, functions: 2, settings: 0 } }]);
  await using next = await pool.acquire();
  expect((await next.session.runtime()).functions).toEqual(before);
  expect(await next.session.sql("SELECT twice(1) AS a").rows()).toEqual([{ a: 2n }]);
  await expect(next.session.sql("SELECT thrice(1)").rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
});
