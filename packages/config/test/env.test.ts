import { delimiter } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parseDiagnostics } from "../src/diagnostics-target.ts";
import { readEnv } from "../src/env.ts";
import { thrownBy } from "./samples.ts";

describe("parseDiagnostics", () => {
  it.each([
    ["none", { sink: "none" }],
    ["memory", { sink: "memory" }],
    [" otel ", { sink: "otel" }],
    ["jsonl:C:\\logs\\r.jsonl", { sink: "jsonl", path: "C:\\logs\\r.jsonl" }],
  ])("reads %j", (text, target) => {
    expect(parseDiagnostics(text)).toEqual(target);
  });

  it.each(["", "console", "jsonl", "jsonl:", "otel:x"])("refuses %j, and readEnv does too", (text) => {
    const issues = [expect.objectContaining({ code: "INVALID_VALUE", path: "DELTAFUSE_DIAGNOSTICS" })];
    const refusal = { code: "CONFIG.INVALID_ENV", details: { issues } };
    expect(thrownBy(() => parseDiagnostics(text))).toMatchObject(refusal);
    if (text !== "") expect(thrownBy(() => readEnv({ DELTAFUSE_DIAGNOSTICS: text }))).toMatchObject(refusal);
  });

  it("sets no field of the profile", () => {
    expect(readEnv({ DELTAFUSE_DIAGNOSTICS: "none" })).toEqual({
      patch: {},
      variables: new Map(),
      diagnostics: "none",
    });
  });
});

describe("readEnv", () => {
  it("reads every variable", () => {
    const { patch, variables, diagnostics } = readEnv({
      DELTAFUSE_DIAGNOSTICS: " jsonl:records.jsonl ",
      DELTAFUSE_PRESET: "dev",
      DELTAFUSE_ACCESS: "read_only",
      DELTAFUSE_DETERMINISM: "canonical",
      DELTAFUSE_SQL_POLICY: "service",
      DELTAFUSE_TARGET_PARTITIONS: "3",
      DELTAFUSE_BATCH_SIZE: " 1024 ",
      DELTAFUSE_TIME_ZONE: "Europe/Berlin",
      DELTAFUSE_MEMORY_LIMIT: "40%",
      DELTAFUSE_MEMORY_POOL: "greedy",
      DELTAFUSE_SPILL_DIR: ["/a", "/b"].join(delimiter),
      DELTAFUSE_SPILL_MAX_SIZE: "1GiB",
      DELTAFUSE_CACHE: "pinned",
      DELTAFUSE_LIST_FILES_TTL: "1m",
      DELTAFUSE_CAPTURE: " explain , plans, optimizerTrace",
      DELTAFUSE_SLOW_QUERY: "1s500ms",
      PATH: "/bin",
    });
    expect(patch).toEqual({
      preset: "dev",
      access: "read_only",
      determinism: "canonical",
      sql: { policy: { base: "service" } },
      execution: { targetPartitions: 3, batchSize: 1024 },
      schemaHardening: { timeZone: "Europe/Berlin" },
      memory: { limit: "40%", pool: "greedy" },
      spill: { mode: "directories", directories: ["/a", "/b"], maxSize: 1_073_741_824 },
      cache: { base: "pinned", listFilesTtl: 60_000 },
      diagnostics: { capture: { plans: true, explain: true, optimizerTrace: "changed" }, slowQuery: 1500 },
    });
    expect(diagnostics).toBe("jsonl:records.jsonl");
    expect(Object.fromEntries(variables)).toEqual({
      preset: "DELTAFUSE_PRESET",
      access: "DELTAFUSE_ACCESS",
      determinism: "DELTAFUSE_DETERMINISM",
      "sql.policy.base": "DELTAFUSE_SQL_POLICY",
      "execution.targetPartitions": "DELTAFUSE_TARGET_PARTITIONS",
      "execution.batchSize": "DELTAFUSE_BATCH_SIZE",
      "schemaHardening.timeZone": "DELTAFUSE_TIME_ZONE",
      "memory.limit": "DELTAFUSE_MEMORY_LIMIT",
      "memory.pool": "DELTAFUSE_MEMORY_POOL",
      "spill.mode": "DELTAFUSE_SPILL_DIR",
      "spill.directories": "DELTAFUSE_SPILL_DIR",
      "spill.maxSize": "DELTAFUSE_SPILL_MAX_SIZE",
      "cache.base": "DELTAFUSE_CACHE",
      "cache.listFilesTtl": "DELTAFUSE_LIST_FILES_TTL",
      "diagnostics.capture.plans": "DELTAFUSE_CAPTURE",
      "diagnostics.capture.explain": "DELTAFUSE_CAPTURE",
      "diagnostics.capture.optimizerTrace": "DELTAFUSE_CAPTURE",
      "diagnostics.slowQuery": "DELTAFUSE_SLOW_QUERY",
    });
  });

  it("changes nothing for unset and blank variables and leaves build variables alone", () => {
    const env = {
      DELTAFUSE_PRESET: "",
      DELTAFUSE_CACHE: "  ",
      DELTAFUSE_BATCH_SIZE: undefined,
      DELTAFUSE_BUILD_X: "1",
    };
    expect(readEnv(env)).toEqual({ patch: {}, variables: new Map() });
  });

  it("takes none and null for null", () => {
    expect(readEnv({ DELTAFUSE_TIME_ZONE: "none", DELTAFUSE_SPILL_MAX_SIZE: "null" }).patch).toEqual({
      schemaHardening: { timeZone: null },
      spill: { maxSize: null },
    });
    expect(readEnv({ DELTAFUSE_CAPTURE: "none", DELTAFUSE_SLOW_QUERY: "none" }).patch).toEqual({
      diagnostics: { capture: { plans: false, explain: false, optimizerTrace: "off" }, slowQuery: null },
    });
    expect(readEnv({ DELTAFUSE_SPILL_DIR: "none" }).patch).toEqual({ spill: { mode: "os" } });
  });

  it("lets a variable win over the JSON patch, whatever the order", () => {
    const patch = JSON.stringify({
      execution: { batchSize: 1, targetPartitions: 2 },
      settings: { "datafusion.format.safe": false },
    });
    const { patch: first } = readEnv({ DELTAFUSE_PROFILE_PATCH: patch, DELTAFUSE_BATCH_SIZE: "9" });
    const { patch: second, variables } = readEnv({ DELTAFUSE_BATCH_SIZE: "9", DELTAFUSE_PROFILE_PATCH: patch });
    expect(second).toEqual({
      execution: { batchSize: 9, targetPartitions: 2 },
      settings: { "datafusion.format.safe": false },
    });
    expect(first).toEqual(second);
    expect(Object.fromEntries(variables)).toEqual({
      "execution.batchSize": "DELTAFUSE_BATCH_SIZE",
      "execution.targetPartitions": "DELTAFUSE_PROFILE_PATCH",
      "settings.datafusion.format.safe": "DELTAFUSE_PROFILE_PATCH",
    });
  });

  it("reports every problem at once under the name of its variable", () => {
    const error = thrownBy(() =>
      readEnv({
        DELTAFUSE_BATCHSIZE: "1",
        DELTAFUSE_BATCH_SIZE: "many",
        DELTAFUSE_TARGET_PARTITIONS: "-1",
        DELTAFUSE_MEMORY_POOL: "unbounded",
        DELTAFUSE_MEMORY_LIMIT: "1GiB",
        DELTAFUSE_SPILL_DIR: "tmp",
        DELTAFUSE_CAPTURE: "explian",
        DELTAFUSE_PRESET: "none",
        DELTAFUSE_PROFILE_PATCH: '{"cach": "pinned", "limits": {"collectRows": -1}}',
      }),
    );
    expect(String(error)).toBe(
      [
        "ConfigError: The DELTAFUSE_* environment variables have 9 problems.",
        "  DELTAFUSE_BATCHSIZE: There is no such variable. Did you mean DELTAFUSE_BATCH_SIZE?",
        "  DELTAFUSE_PROFILE_PATCH: cach: There is no such field. Did you mean cache?",
        "  DELTAFUSE_PROFILE_PATCH: limits.collectRows: Expected a value of at least 0, got -1.",
        "  DELTAFUSE_PRESET: Expected the name of a preset, got null.",
        '  DELTAFUSE_TARGET_PARTITIONS: Expected a number, got "-1".',
        '  DELTAFUSE_BATCH_SIZE: Expected a number, got "many".',
        '  DELTAFUSE_SPILL_DIR: Expected an absolute path, got "tmp".',
        "  DELTAFUSE_CAPTURE: There is no such field. Did you mean explain?",
        "  DELTAFUSE_MEMORY_LIMIT: The pool unbounded has no limit; leave the limit out or choose fair or greedy.",
      ].join("\n"),
    );
  });

  it.each(["{", "[]", "5", "[null]"])("refuses %s as a patch", (text) => {
    const invalid = { code: "INVALID_VALUE", path: "DELTAFUSE_PROFILE_PATCH", message: "Expected a JSON object." };
    expect(thrownBy(() => readEnv({ DELTAFUSE_PROFILE_PATCH: text }))).toMatchObject({
      code: "CONFIG.INVALID_ENV",
      details: { issues: [invalid] },
    });
  });

  it("reads the variables of the process when it is called, not before", async () => {
    const real = process.env;
    const throwing = new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get: () => {
          throw new Error("read");
        },
        ownKeys: () => {
          throw new Error("listed");
        },
      },
    );
    vi.resetModules();
    process.env = throwing;
    try {
      const fresh = await import("../src/env.ts");
      process.env = { DELTAFUSE_PRESET: "large" };
      expect(fresh.readEnv().patch).toEqual({ preset: "large" });
    } finally {
      process.env = real;
    }
  });
});
