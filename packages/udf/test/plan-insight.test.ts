import { parseProfile } from "@deltafuse/config/profile";
import { diffPlanArtifacts } from "@deltafuse/session-core/plan-diff";
import { openSession } from "@deltafuse/session-core/session";
import { fromSubstrait, validateSubstrait } from "@deltafuse/session-core/substrait";
import { expect, it } from "vitest";
import { registerFunction } from "../src/registry.ts";
import { defineScalar } from "../src/scalar-function.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
const halfOf = (version: string) =>
  defineScalar({
    name: "half",
    args: { value: "int64" },
    returns: "int64",
    version,
    volatility: "volatile",
    call: (value) => value / 2n,
  });
const half = halfOf("1");

it("names functions of the program in lineage and Substrait", async () => {
  await using session = await openSession(profile);
  await registerFunction(session, half);
  await session.execute("CREATE TABLE t AS SELECT value AS a FROM range(0, 5)");
  const frame = session.sql("SELECT half(a) AS h, abs(a) AS b FROM t");
  const { functions, columns } = await frame.lineage();
  expect(functions).toEqual([
    { name: "abs", kind: "scalar", volatility: "immutable", builtin: true },
    { name: "half", kind: "scalar", volatility: "volatile", builtin: false },
  ]);
  expect(columns.map(({ output, sources }) => [output, sources.map(({ column, direct }) => [column, direct])])).toEqual(
    [
      ["h", [["a", "transform"]]],
      ["b", [["a", "transform"]]],
    ],
  );
  const { bytes, warnings } = await frame.toSubstrait();
  expect(warnings).toEqual([{ code: "SUBSTRAIT", message: expect.stringContaining("do not have: half.") }]);
  expect(await validateSubstrait(frame, { execute: true })).toMatchObject({ status: "same", warnings });

  await using other = await openSession(profile);
  await other.execute("CREATE TABLE t AS SELECT value AS a FROM range(0, 5)");
  await expect(fromSubstrait(other, bytes).rows()).rejects.toMatchObject({
    code: "PLAN.SUBSTRAIT_UNSUPPORTED",
    details: { reason: expect.stringContaining("half") },
  });
  await using denied = await openSession(
    parseProfile({ preset: "test", sql: { policy: { base: "admin", functions: { deny: ["half"] } } } }),
  );
  await denied.execute("CREATE TABLE t AS SELECT value AS a FROM range(0, 5)");
  await registerFunction(denied, half);
  await expect(fromSubstrait(denied, bytes).rows()).rejects.toMatchObject({
    code: "SQL.POLICY_VIOLATION",
    details: { violation: "function", object: "half" },
  });
});

it("tells plans with another version of a function apart", async () => {
  await using session = await openSession(profile);
  const planned = async (version: string) => {
    await registerFunction(session, halfOf(version), { replace: true });
    return session.sql("SELECT half(value) AS h FROM range(0, 5)").artifact();
  };
  const [one, again, two] = [await planned("1"), await planned("1"), await planned("2")];
  expect(one.functions).toMatchObject([{ name: "half", signatureHash: expect.any(String) }]);
  expect([again.planFingerprint === one.planFingerprint, two.planFingerprint === one.planFingerprint]).toEqual([
    true,
    false,
  ]);
  const { changed, functions } = diffPlanArtifacts(one, two);
  expect([changed.functions, functions.added.length, functions.removed.length]).toEqual([true, 1, 1]);
  expect([two.p1.digest, two.sessionHash]).toEqual([one.p1.digest, one.sessionHash]);
});
