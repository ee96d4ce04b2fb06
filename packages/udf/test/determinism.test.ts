import { parseProfile } from "@deltafuse/config/profile";
import { col, call } from "@deltafuse/session-core/expression";
import { openSession } from "@deltafuse/session-core/session";
import { expect, it } from "vitest";
import { registerFunction } from "../src/registry.ts";
import { defineScalar } from "../src/scalar-function.ts";

it("calls only immutable functions of the program where the determinism is canonical", async () => {
  await using session = await openSession(parseProfile({ preset: "test", determinism: "canonical" }));
  const half = { args: { value: "int64" }, returns: "int64", call: (value: bigint) => value / 2n } as const;
  for (const volatility of ["immutable", "stable", "volatile"] as const) {
    await registerFunction(session, defineScalar({ ...half, name: `half_${volatility}`, volatility }));
  }
  const queries = (name: string) => [
    session.sql(`SELECT ${name}(value) AS h FROM range(4, 5)`),
    session.range(4, 5).select(call(name, col("value")).alias("h")),
  ];
  for (const query of queries("half_immutable")) expect(await query.rows()).toEqual([{ h: 2n }]);
  for (const name of ["half_stable", "half_volatile"]) {
    for (const query of queries(name)) {
      await expect(query.rows()).rejects.toMatchObject({
        code: "SQL.POLICY_VIOLATION",
        details: { violation: "volatile_function", object: name },
      });
    }
  }
});
