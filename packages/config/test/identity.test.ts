import { describe, expect, it } from "vitest";
import { fingerprint, type Fingerprint } from "../src/fingerprint.ts";
import {
  diffIdentities,
  engineIdentity,
  type EngineParts,
  profileComponents,
  profileFingerprint,
  profileSections,
  sessionHash,
  sessionSections,
  type SessionComponents,
} from "../src/identity.ts";
import type { ProfileInput } from "../src/profile.ts";
import type { ResolvedProfile, RuntimeEnvSpec } from "../src/resolve.ts";
import { settingRows } from "../src/settings.ts";
import { machine, resolved, sampleInputs } from "./samples.ts";

const g1 = fingerprint("test", 1, {});
const g6 = fingerprint("test", 2, {});
const g7 = fingerprint("settings", 1, {});

const runtimeEnv: RuntimeEnvSpec = {
  memory: { pool: "fair", limitBytes: 8_589_934_592, topConsumers: 5 },
  spill: { mode: "os", directories: [], maxBytes: 107_374_182_400 },
  caches: {
    metadataBytes: 268_435_456,
    listFilesBytes: 134_217_728,
    listFilesTtlMs: 30_000,
    statisticsBytes: null,
  },
};

const session = {
  engine: g1,
  profile: g6,
  extensions: { delta: g7 },
  runtimeEnv,
  settings: {
    "datafusion.execution.target_partitions": "8",
    "datafusion.execution.batch_size": "8192",
  },
};

function hashOn(from: ResolvedProfile): Fingerprint {
  return sessionHash({ ...session, profile: from.fingerprint, runtimeEnv: from.runtimeEnv });
}

describe("sessionHash", () => {
  it("gives G10", () => {
    expect(sessionHash(session)).toBe("e29aba81c53ccdeb2a97711a0242733fce4b0d855dd9529bfe0d399a5945e800");
  });

  it("leaves presentation, paths and names of consumers out", () => {
    const settings = { ...session.settings, "datafusion.explain.show_sizes": "false", "datafusion.format.null": "-" };
    const memory = { ...runtimeEnv.memory, topConsumers: 9 };
    const spill = { ...runtimeEnv.spill, directories: ["/tmp"] };
    expect(sessionHash({ ...session, settings, runtimeEnv: { ...runtimeEnv, memory, spill } })).toBe(
      sessionHash(session),
    );
  });

  it("changes with each of its parts", () => {
    const variants = [
      session,
      { ...session, engine: g6 },
      { ...session, profile: g1 },
      { ...session, extensions: {} },
      { ...session, settings: { ...session.settings, "datafusion.execution.batch_size": "1" } },
      { ...session, runtimeEnv: { ...runtimeEnv, memory: { ...runtimeEnv.memory, limitBytes: 1 } } },
      { ...session, runtimeEnv: { ...runtimeEnv, spill: { ...runtimeEnv.spill, mergeFanIn: 2 } } },
      { ...session, runtimeEnv: { ...runtimeEnv, caches: { ...runtimeEnv.caches, statisticsBytes: 0 } } },
    ];
    expect(new Set(variants.map(sessionHash)).size).toBe(variants.length);
  });
});

const engine: EngineParts = {
  contractVersion: 1,
  versions: { datafusion: "55.2.0", deltalake: "1.1.0" },
  features: ["delta", "testing"],
  functionCatalogHash: "00",
  analyzerRules: ["a", "b"],
  optimizerRules: ["c"],
  physicalRules: [],
  planners: ["p"],
};

describe("engineIdentity", () => {
  it("has one digest for one engine, whatever the order of the features", () => {
    const digest = "a26e4706094c227aa300c0273eedf12a218976aaef7c0ede75d4ef8507ac08ee";
    expect(engineIdentity(engine)).toBe(digest);
    expect(engineIdentity({ ...engine, features: ["testing", "delta"] })).toBe(digest);
  });

  it("changes with the order of rules and with every part", () => {
    const variants = [
      engine,
      { ...engine, contractVersion: 2 },
      { ...engine, versions: { datafusion: "55.2.1", deltalake: "1.1.0" } },
      { ...engine, features: ["delta"] },
      { ...engine, functionCatalogHash: "01" },
      { ...engine, analyzerRules: ["b", "a"] },
      { ...engine, optimizerRules: [] },
      { ...engine, physicalRules: ["d"] },
      { ...engine, planners: [] },
    ];
    expect(new Set(variants.map(engineIdentity)).size).toBe(variants.length);
  });
});

describe("profileFingerprint", () => {
  const base = resolved();

  it("has one digest for the default profile", () => {
    expect(base.fingerprint).toBe("cf379b5bef7d70faa4c2137a44edb14bae46be183b9f693d38501746869fed90");
    expect(profileFingerprint(base)).toBe(base.fingerprint);
  });

  it("does not depend on the order of keys", () => {
    const one = resolved({
      memory: { limit: "1GiB", pool: "greedy" },
      execution: { batchSize: 5 },
      sql: { policy: "admin" },
    });
    const other = resolved({
      sql: { policy: { base: "admin" } },
      execution: { batchSize: 5 },
      memory: { pool: "greedy", limit: 1024 ** 3 },
    });
    expect(one.fingerprint).toBe(other.fingerprint);
  });

  it.each(
    settingRows().filter(({ identity, locked }) => identity !== "presentation" && identity !== "machine" && !locked),
  )("changes with $key", (row) => {
    const digests = sampleInputs(row).map(({ input }) => resolved(input).fingerprint);
    expect(new Set(digests).size).toBe(2);
  });

  it.each<readonly [string, ProfileInput]>([
    ["access", { access: "read_only", sql: { policy: "read_only" } }],
    ["determinism", { determinism: "canonical" }],
    ["the view schema", { catalog: { viewSchema: null } }],
    ["locations as tables", { catalog: { urlTables: true } }],
    ["the pool", { memory: { pool: "greedy" } }],
    ["the spill mode", { spill: { mode: "disabled", maxSize: null } }],
    ["the SQL policy", { sql: { policy: { base: "write", maxSqlBytes: 5 } } }],
  ])("changes with %s", (_what, input) => {
    expect(resolved(input).fingerprint).not.toBe(base.fingerprint);
  });

  it.each<readonly [string, ProfileInput]>([
    ["the name", { name: "other" }],
    ["limits", { limits: { collectRows: 1, prefetchBatches: 9, planCacheEntries: 0 } }],
    ["the number of consumers", { memory: { topConsumers: 50 } }],
    ["presentation", { schemaHardening: { explainFormat: "tree" }, settings: { "datafusion.format.null": "-" } }],
    ["a preset's value that is repeated", { execution: { batchSize: 8192 }, memory: { limit: "60%" } }],
    [
      "a set's fields that are spelled out",
      { schemaHardening: "stable", sql: { policy: { base: "write", dml: true } } },
    ],
  ])("does not change with %s", (_what, input) => {
    expect(resolved(input).fingerprint).toBe(base.fingerprint);
  });

  it("does not change with the directories of the disk", () => {
    const [a, b] = ["/a", "/b"].map((path) => resolved({ spill: { mode: "directories", directories: [path] } }));
    expect(a?.fingerprint).toBe(b?.fingerprint);
  });

  it("does not change with an extension's default or the order of variables", () => {
    const defaults = { "datafusion.optimizer.prefer_hash_join": false } as const;
    expect(resolved({}, { extensions: [{ id: "x", defaults }] }).fingerprint).toBe(base.fingerprint);
    const env = { DELTAFUSE_BATCH_SIZE: "9", DELTAFUSE_CACHE: "fresh" };
    const reversed = Object.fromEntries(Object.entries(env).toReversed());
    expect(resolved({}, { env }).fingerprint).toBe(resolved({}, { env: reversed }).fingerprint);
  });

  it("is one for a share of the memory on two machines, whose sessions differ", () => {
    const small = resolved({ memory: { limit: "60%" } }, { machine: { ...machine, memoryBytes: 1024 ** 3 } });
    const large = resolved({ memory: { limit: "60%" } }, { machine: { ...machine, memoryBytes: 1024 ** 4 } });
    expect(small.fingerprint).toBe(large.fingerprint);
    expect(small.runtimeEnv.memory.limitBytes).toBe(Math.floor(1024 ** 3 * 0.6));
    expect(hashOn(small)).not.toBe(hashOn(large));
  });
});

describe("profileComponents and diffIdentities", () => {
  it("name the sections and keys that differ", () => {
    const a = resolved();
    const b = resolved({ execution: { batchSize: 5 }, memory: { limit: "1GiB" }, access: "read_only", name: "b" });
    const [left, right] = [profileComponents(a), profileComponents(b)];
    expect(Object.keys(left).filter((section) => left[section] !== right[section])).toEqual([
      "access",
      "settings",
      "runtime",
      "sqlPolicy",
    ]);
    expect(diffIdentities(profileSections(a), profileSections(b))).toEqual([
      { section: "access", key: "", a: '"read_write"', b: '"read_only"' },
      { section: "runtime", key: "datafusion.runtime.memory_limit", a: '"60%"', b: '"1073741824"' },
      { section: "settings", key: "datafusion.execution.batch_size", a: '"8192"', b: '"5"' },
      { section: "sqlPolicy", key: "copy", a: "true", b: "false" },
      { section: "sqlPolicy", key: "dml", a: "true", b: "false" },
      { section: "sqlPolicy", key: "paths", a: '{"read":null,"write":null}', b: '{"read":null,"write":[]}' },
      { section: "sqlPolicy", key: "statements", a: "true", b: "false" },
    ]);
    expect(diffIdentities(profileSections(a), profileSections(resolved({ name: "b" })))).toEqual([]);
  });

  it("say which component made two sessions differ", () => {
    const profile = resolved();
    const one: SessionComponents = {
      ...session,
      engine,
      profile,
      extensions: { delta: { version: 1, identity: null } },
    };
    const settings = { ...session.settings, "datafusion.execution.batch_size": "1", "datafusion.format.null": "-" };
    const other: SessionComponents = {
      engine: { ...engine, features: ["testing", "delta"], optimizerRules: ["c", "d"] },
      profile: resolved({ execution: { batchSize: 1 }, name: "other" }),
      extensions: { delta: { version: 2, identity: null }, udf: { version: 1, identity: ["f"] } },
      runtimeEnv: { ...runtimeEnv, memory: { ...runtimeEnv.memory, limitBytes: 1, topConsumers: 1 } },
      settings,
    };
    expect(diffIdentities(sessionSections(one), sessionSections(other))).toEqual([
      { section: "engine.optimizerRules", key: "", a: '["c"]', b: '["c","d"]' },
      {
        section: "extensions",
        key: "delta",
        a: '{"identity":null,"version":1}',
        b: '{"identity":null,"version":2}',
      },
      { section: "extensions", key: "udf", a: null, b: '{"identity":["f"],"version":1}' },
      { section: "profile.settings", key: "datafusion.execution.batch_size", a: '"8192"', b: '"1"' },
      { section: "runtimeEnv.memory", key: "limitBytes", a: "8589934592", b: "1" },
      { section: "settings", key: "datafusion.execution.batch_size", a: '"8192"', b: '"1"' },
    ]);
    expect(diffIdentities(sessionSections(one), sessionSections(one))).toEqual([]);
  });

  it("differ exactly when the hashes of the sessions do", () => {
    const from = (input: ProfileInput): SessionComponents => {
      const profile = resolved(input);
      const settings = Object.fromEntries([...profile.settings.values()].map(({ key, value }) => [key, value]));
      return { engine, profile, extensions: {}, runtimeEnv: profile.runtimeEnv, settings };
    };
    const hashOf = (parts: SessionComponents): Fingerprint =>
      sessionHash({
        ...parts,
        engine: engineIdentity(parts.engine),
        profile: parts.profile.fingerprint,
        extensions: {},
      });
    const base = from({});
    for (const row of settingRows().filter(({ locked }) => locked !== true)) {
      for (const { input } of sampleInputs(row)) {
        const changed = from(input);
        const differences = diffIdentities(sessionSections(base), sessionSections(changed));
        expect([row.key, differences.length > 0]).toEqual([row.key, hashOf(base) !== hashOf(changed)]);
      }
    }
  });
});
