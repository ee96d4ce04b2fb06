import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { createSessionCache } from "../src/session-cache.ts";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

const machine = { cores: 2, memoryBytes: 2 ** 32 };

function open(profile: ProfileInput = {}, options: OpenSessionOptions = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...profile }), { machine, ...options });
}

async function setting(session: Session, key: string): Promise<unknown> {
  const { entries } = await session.settings();
  const { value, source } = entries.find((entry) => entry.key === key) ?? {};
  return [value, source];
}

const failure = (code: string, details: object = {}): unknown =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

const batchSize = "datafusion.execution.batch_size";

describe("SET and RESET", () => {
  it("change a setting and bring the profile's value back", async () => {
    const hooks = recordingHooks();
    await using session = await open({ execution: { batchSize: 512 } }, { hooks });
    await session.execute(`SET ${batchSize} = 17`);
    expect(await setting(session, batchSize)).toEqual(["17", "statement"]);
    await session.execute(`RESET ${batchSize}`);
    expect(await setting(session, batchSize)).toEqual(["512", "typed"]);
    expect(hooks.of("setting.changed")).toMatchObject([
      { key: batchSize, before: "512", after: "17" },
      { key: batchSize, before: "17", after: "512" },
    ]);
  });

  it("bring back what nothing declares", async () => {
    await using session = await open();
    const key = "datafusion.optimizer.default_filter_selectivity";
    const before = await setting(session, key);
    await session.execute(`SET ${key} = 77`);
    await session.execute(`RESET ${key}`);
    expect(await setting(session, key)).toEqual(before);
    await expect(session.execute("RESET datafusion.no_such_key")).rejects.toBeInstanceOf(Error);
  });

  it("reach memory limits of caches and of the disk while the session runs", async () => {
    const hooks = recordingHooks();
    const profile: ProfileInput = {
      preset: "default",
      cache: { metadata: "8MiB", listFiles: "4MiB", listFilesTtl: "30s" },
    };
    await using session = await open(profile, { hooks });
    const before = await session.runtime();
    await session.execute("SET datafusion.runtime.metadata_cache_limit = '2M'");
    await session.execute("SET datafusion.runtime.list_files_cache_limit = '1M'");
    await session.execute("SET datafusion.runtime.list_files_cache_ttl = '1m30s'");
    await session.execute("SET datafusion.runtime.max_temp_directory_size = '5G'");
    await session.execute("SET datafusion.runtime.max_spill_merge_fan_in = 7");
    await session.execute("SET datafusion.runtime.file_statistics_cache_limit = '3M'");
    const after = await session.runtime();
    expect(after).toMatchObject({
      revision: 6,
      runtimeEnv: {
        memory: before.runtimeEnv.memory,
        spill: { maxBytes: 5 * 1024 ** 3, mergeFanIn: 7 },
        caches: {
          metadataBytes: 2 * 1024 ** 2,
          listFilesBytes: 1024 ** 2,
          listFilesTtlMs: 90_000,
          statisticsBytes: 3 * 1024 ** 2,
        },
      },
    });
    expect(after.sessionHash).not.toBe(before.sessionHash);
    expect(hooks.of("setting.changed").map(({ key }) => key.slice("datafusion.runtime.".length))).toEqual([
      "metadata_cache_limit",
      "list_files_cache_limit",
      "list_files_cache_ttl",
      "max_temp_directory_size",
      "max_spill_merge_fan_in",
      "file_statistics_cache_limit",
    ]);
    for (const { key } of hooks.of("setting.changed")) await session.execute(`RESET ${key}`);
    const reset = await session.runtime();
    expect([reset.runtimeEnv, reset.sessionHash]).toEqual([before.runtimeEnv, before.sessionHash]);
  });

  it("keep prepared statements and tables of the session", async () => {
    await using session = await open({ prepared: [{ name: "two", sql: "SELECT 2 AS two" }] });
    await session.execute("CREATE TABLE t AS SELECT 1 AS one");
    await session.execute("SET datafusion.runtime.metadata_cache_limit = '2M'");
    expect(await session.sql("EXECUTE two").rows({ values: "plain" })).toEqual([{ two: 2 }]);
    expect(await session.table("t").count()).toBe(1);
  });

  it("refuse what is fixed when a session is opened", async () => {
    await using session = await open();
    for (const key of ["memory_limit", "temp_directory"]) {
      for (const statement of [`SET datafusion.runtime.${key} = '1G'`, `RESET datafusion.runtime.${key}`]) {
        await expect(session.execute(statement)).rejects.toEqual(
          failure("SQL.POLICY_VIOLATION", { violation: "locked_setting", object: `datafusion.runtime.${key}` }),
        );
      }
    }
  });

  it("refuse what no key or value is", async () => {
    await using session = await open();
    const refused = ["metadata_cache_limit = 'much'", "list_files_cache_ttl = '1h'", "no_such_key = 1"];
    for (const text of refused) {
      await expect(session.execute(`SET datafusion.runtime.${text}`)).rejects.toEqual(failure("SQL.PLAN_ERROR"));
    }
  });

  it("are not for who shares a session", async () => {
    await using cache = createSessionCache();
    const session = await cache.ensure(parseProfile({ preset: "test", sql: { policy: "admin" } }), []);
    await expect(session.execute("SET datafusion.runtime.metadata_cache_limit = '2M'")).rejects.toEqual(
      failure("SESSION.SHARED_MUTATION"),
    );
  });
});
