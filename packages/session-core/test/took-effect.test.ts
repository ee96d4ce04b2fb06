// #region imports
import { diffIdentities } from "@deltafuse/config/identity";
import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { expect, it } from "vitest";

it("shows each setting in effect and where it comes from", async () => {
  // #region settings
  const profile = parseProfile({ preset: "dev", execution: { batchSize: 1024 }, memory: { limit: "25%" } });
  await using session = await openSession(profile);

  const { entries } = await session.settings();
  const declared = entries.filter(({ source }) => source === "typed");
  // #endregion
  expect(declared.map(({ key, requested, path }) => ({ key, requested, path }))).toEqual([
    { key: "datafusion.execution.batch_size", requested: "1024", path: "execution.batchSize" },
    { key: "datafusion.runtime.memory_limit", requested: "25%", path: "memory.limit" },
  ]);
  // #region shadowed
  const setting = session.resolved.settings.get("datafusion.execution.batch_size");
  // { key: "datafusion.execution.batch_size", value: "1024", source: "typed", path: "execution.batchSize",
  //   shadowed: [{ source: "preset", value: "4096" }, { source: "engine", value: "8192" }] }

  const pool = session.resolved.fields.get("memory.pool");
  // { value: "fair", source: "preset", path: "memory.pool", shadowed: [] }
  // #endregion
  expect(setting).toEqual({
    key: "datafusion.execution.batch_size",
    value: "1024",
    source: "typed",
    path: "execution.batchSize",
    shadowed: [
      { source: "preset", value: "4096" },
      { source: "engine", value: "8192" },
    ],
  });
  expect(pool).toEqual({ value: "fair", source: "preset", path: "memory.pool", shadowed: [] });
});

it("shows what statements changed", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region statement
  await session.execute("SET datafusion.execution.batch_size = 512");
  const { revision, entries } = await session.settings();
  const changed = entries.filter(({ source }) => source === "statement");
  // revision: 1, changed: [{ key: "datafusion.execution.batch_size", value: "512", source: "statement", … }]
  // #endregion
  expect({ revision, changed }).toMatchObject({
    revision: 1,
    changed: [{ key: "datafusion.execution.batch_size", value: "512", source: "statement" }],
  });
});

it("names what makes two sessions differ", async () => {
  // #region differ
  await using a = await openSession(parseProfile({ preset: "test", name: "a" }));
  await using b = await openSession(parseProfile({ preset: "test", name: "b", memory: { pool: "greedy" } }));

  await b.execute("SET datafusion.execution.batch_size = 512");

  const differences = diffIdentities(a.identitySections, b.identitySections);
  // [{ section: "profile.memory", key: "pool", a: '"fair"', b: '"greedy"' },
  //  { section: "runtimeEnv.memory", key: "pool", a: '"fair"', b: '"greedy"' },
  //  { section: "settings", key: "datafusion.execution.batch_size", a: '"1024"', b: '"512"' }]
  // #endregion
  expect(differences).toEqual([
    { section: "profile.memory", key: "pool", a: '"fair"', b: '"greedy"' },
    { section: "runtimeEnv.memory", key: "pool", a: '"fair"', b: '"greedy"' },
    { section: "settings", key: "datafusion.execution.batch_size", a: '"1024"', b: '"512"' },
  ]);
});
