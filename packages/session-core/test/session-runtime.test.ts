import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import { nativeSession } from "../src/native-session.ts";
import { openSession, type Session } from "../src/session.ts";
import { diffSettings, type SettingsSnapshot } from "../src/session-runtime.ts";

const profile = parseProfile({
  preset: "test",
  memory: { limit: "1536MiB" },
  sql: { policy: "admin" },
  execution: { batchSize: 1000 },
});

function open(): Promise<Session> {
  return openSession(profile);
}

function isFrozenDeep(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every((member) => isFrozenDeep(member));
}

describe("session.runtime", () => {
  it("tells what the session is, in numbers and frozen", async () => {
    await using session = await open();
    const runtime = await session.runtime();
    expect(runtime).toMatchObject({
      sessionId: session.id,
      revision: 0,
      runtimeEnv: { memory: { limitBytes: 1536 * 1024 * 1024 } },
      engine: { datafusion: expect.stringMatching(/^\d+\./) },
      functions: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      applied: { problems: [] },
      profileFingerprint: session.resolved.fingerprint,
      engineIdentity: expect.stringMatching(/^[0-9a-f]{64}$/),
      sessionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(runtime.functions.count).toBeGreaterThan(200);
    expect(runtime.settings).toEqual(await session.settings());
    expect(isFrozenDeep(runtime)).toBe(true);
    expect(JSON.parse(JSON.stringify(runtime.settings))).toEqual(runtime.settings);
  });

  it("is the same in another session of the profile", async () => {
    await using one = await open();
    await using other = await open();
    const { sessionId: _one, settings: first, ...mine } = await one.runtime();
    const { sessionId: _other, settings: second, ...its } = await other.runtime();
    expect(its).toEqual(mine);
    expect(diffSettings(first, second)).toEqual([]);
  });

  it("changes with SET and RESET, not with tables", async () => {
    await using session = await open();
    const before = await session.runtime();
    await session.execute("CREATE TABLE t AS SELECT 1 AS a");
    expect(await session.runtime()).toEqual(before);
    await session.execute("SET datafusion.execution.batch_size = 512");
    const set = await session.runtime();
    expect([set.revision, set.sessionHash === before.sessionHash]).toEqual([1, false]);
    expect(diffSettings(before.settings, set.settings)).toEqual([
      { key: "datafusion.execution.batch_size", before: "1000", after: "512" },
    ]);
    await session.execute("SET datafusion.execution.batch_size = 1000");
    expect((await session.runtime()).sessionHash).toBe(before.sessionHash);
    await session.execute("RESET datafusion.execution.batch_size");
    const reset = await session.runtime();
    expect([reset.revision, reset.sessionHash]).toEqual([3, before.sessionHash]);
    expect(diffSettings(before.settings, reset.settings)).toEqual([]);
  });

  it("knows a setting by its key, however a statement names it", async () => {
    await using session = await open();
    const before = await session.runtime();
    await session.execute("SET TIME ZONE = '+02:00'");
    await session.execute('SET "DataFusion".execution.batch_size = 256');
    const after = await session.runtime();
    expect(after.revision).toBe(2);
    expect(diffSettings(before.settings, after.settings).map(({ key }) => key)).toEqual([
      "datafusion.execution.batch_size",
      "datafusion.execution.time_zone",
    ]);
    expect(after.settings.entries.filter(({ source }) => source === "statement").map(({ key }) => key)).toEqual([
      "datafusion.execution.batch_size",
      "datafusion.execution.time_zone",
    ]);
  });

  it("changes with functions, in any order of adding them", async () => {
    await using session = await open();
    await using other = await open();
    const before = await session.runtime();
    nativeSession(session).addFunction("mask", "aa");
    nativeSession(session).addFunction("blur", "bb");
    nativeSession(other).addFunction("blur", "bb");
    nativeSession(other).addFunction("mask", "aa");
    const after = await session.runtime();
    expect(after).toMatchObject({ revision: 2, sessionHash: before.sessionHash });
    expect(after.functions.count).toBe(before.functions.count + 2);
    expect(after.functions.hash).not.toBe(before.functions.hash);
    expect((await other.runtime()).functions).toEqual(after.functions);
    nativeSession(session).addFunction("mask", "cc");
    const replaced = await session.runtime();
    expect(replaced.functions.count).toBe(after.functions.count);
    expect(replaced.functions.hash).not.toBe(after.functions.hash);
  });

  it("fails on a closed session", async () => {
    const session = await open();
    await session.close();
    await expect(session.runtime()).rejects.toMatchObject({ code: "SESSION.CLOSED" });
  });
});

describe("diffSettings", () => {
  const snapshot = (values: Readonly<Record<string, string | null>>): SettingsSnapshot => ({
    sessionId: "s",
    revision: 0,
    entries: Object.entries(values).map(([key, value]) => ({
      key,
      value,
      description: "",
      source: "engine",
      path: null,
      requested: null,
    })),
  });

  it("names keys that one side lacks, changed values and nulls", () => {
    const before = snapshot({ "b.gone": "1", "a.same": "x", "c.changed": "1", "d.cleared": "1" });
    const after = snapshot({ "a.same": "x", "c.changed": "2", "d.cleared": null, "a.new": null });
    expect(diffSettings(before, after)).toEqual([
      { key: "a.new", before: undefined, after: null },
      { key: "b.gone", before: "1", after: undefined },
      { key: "c.changed", before: "1", after: "2" },
      { key: "d.cleared", before: "1", after: null },
    ]);
  });
});
