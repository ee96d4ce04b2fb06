import { describe, expect, it } from "vitest";
import type { ProfileInput } from "../src/profile.ts";
import { resolved } from "./samples.ts";

describe("names that select", () => {
  const names = (input: ProfileInput, env = {}) => {
    const { fields } = resolved(input, { env });
    return ["preset", "access", "sql.policy"].map((name) => fields.get(name));
  };

  it("have the source engine where nothing is declared", () => {
    expect(names({})).toEqual([
      { value: "default", source: "engine", path: null, shadowed: [] },
      { value: "read_write", source: "engine", path: null, shadowed: [] },
      { value: "write", source: "engine", path: null, shadowed: [] },
    ]);
  });

  it("come from the profile", () => {
    const engine = (value: string) => ({ source: "engine", value });
    expect(names({ preset: "dev", access: "read_only", sql: { policy: "service" } })).toEqual([
      { value: "dev", source: "typed", path: "preset", shadowed: [engine("default")] },
      { value: "read_only", source: "typed", path: "access", shadowed: [engine("read_write")] },
      {
        value: "service",
        source: "policy",
        path: "sql.policy",
        shadowed: [{ source: "typed", value: "read_only" }, engine("write")],
      },
    ]);
    expect(names({ sql: { policy: { ddl: true } } })[2]).toMatchObject({ value: "custom", source: "policy" });
  });

  it("are declared by the profile also where it says what holds anyway", () => {
    expect(names({ preset: "default", access: "read_write", sql: { policy: "write" } })).toMatchObject([
      { value: "default", source: "typed", path: "preset", shadowed: [{ source: "engine", value: "default" }] },
      { value: "read_write", source: "typed", path: "access" },
      { value: "write", source: "policy", path: "sql.policy" },
    ]);
  });

  it("come from the environment", () => {
    const env = { DELTAFUSE_PRESET: "test", DELTAFUSE_ACCESS: "read_only" };
    expect(names({ preset: "dev" }, env)).toMatchObject([
      { value: "test", source: "env", path: "DELTAFUSE_PRESET", shadowed: [{ source: "typed", value: "dev" }, {}] },
      { value: "read_only", source: "env", path: "DELTAFUSE_ACCESS" },
      { value: "read_only", source: "env", path: "DELTAFUSE_ACCESS" },
    ]);
    expect(names({ sql: { policy: "admin" } }, { DELTAFUSE_SQL_POLICY: "service" })[2]).toMatchObject({
      value: "service",
      source: "env",
      path: "DELTAFUSE_SQL_POLICY",
      shadowed: [{ source: "policy", value: "admin" }, {}],
    });
    expect(names({}, { DELTAFUSE_PROFILE_PATCH: '{"preset":"dev"}' })[0]).toMatchObject({
      source: "env",
      path: "DELTAFUSE_PROFILE_PATCH",
    });
  });
});

describe("determinism", () => {
  const chosen = (input: ProfileInput, env = {}) => {
    const { determinism, fields } = resolved(input, { env });
    return [determinism, fields.get("determinism")];
  };

  it("is stable, what the profile says, or what the environment says", () => {
    const engine = { source: "engine", value: "stable" };
    expect(chosen({})).toEqual(["stable", { ...engine, path: null, shadowed: [] }]);
    expect(chosen({ determinism: "canonical" })).toEqual([
      "canonical",
      { value: "canonical", source: "typed", path: "determinism", shadowed: [engine] },
    ]);
    expect(chosen({ determinism: "canonical" }, { DELTAFUSE_DETERMINISM: "fast" })).toEqual([
      "fast",
      {
        value: "fast",
        source: "env",
        path: "DELTAFUSE_DETERMINISM",
        shadowed: [{ source: "typed", value: "canonical" }, engine],
      },
    ]);
  });
});

describe("fields that are no settings", () => {
  it("have a source too", () => {
    const input: ProfileInput = { memory: { pool: "greedy" }, limits: { collectRows: 5 } };
    const { fields } = resolved(input, { env: { DELTAFUSE_SPILL_DIR: "/b" } });
    expect([...fields.keys()]).toEqual([
      "access",
      "determinism",
      "preset",
      "sql.policy",
      "catalog.urlTables",
      "catalog.viewSchema",
      "diagnostics.batchSample",
      "diagnostics.capture.explain",
      "diagnostics.capture.optimizerTrace",
      "diagnostics.capture.plans",
      "diagnostics.sampleMetrics",
      "diagnostics.slowQuery",
      "limits.collectBytes",
      "limits.collectRows",
      "limits.planCacheEntries",
      "limits.prefetchBatches",
      "limits.prefetchBytes",
      "memory.pool",
      "memory.topConsumers",
      "spill.mode",
    ]);
    expect(fields.get("memory.pool")).toEqual({
      value: "greedy",
      source: "typed",
      path: "memory.pool",
      shadowed: [{ source: "preset", value: "fair" }],
    });
    expect(fields.get("limits.collectRows")).toMatchObject({ value: "5", shadowed: [{ value: null }] });
    expect(fields.get("spill.mode")).toMatchObject({
      value: "directories",
      source: "env",
      path: "DELTAFUSE_SPILL_DIR",
      shadowed: [{ source: "preset", value: "os" }],
    });
  });

  it("say what is told about queries, and change no identity", () => {
    const base = resolved();
    const silent = { plans: false, explain: false, optimizerTrace: "off" };
    expect(base.sampleMetrics).toBeNull();
    expect(resolved({ diagnostics: { sampleMetrics: "10s" } }).sampleMetrics).toBe(10_000);
    expect(base.diagnostics).toEqual({ capture: silent, slowQuery: null, batchSample: 0 });
    const capture = { plans: true, explain: true, optimizerTrace: "all" } as const;
    const input: ProfileInput = { diagnostics: { capture, slowQuery: "1s", batchSample: 10 } };
    const from = resolved(input, { env: { DELTAFUSE_SLOW_QUERY: "250ms" } });
    expect(from.diagnostics).toEqual({ capture, slowQuery: 250, batchSample: 10 });
    expect(from.fields.get("diagnostics.slowQuery")).toEqual({
      value: "250",
      source: "env",
      path: "DELTAFUSE_SLOW_QUERY",
      shadowed: [
        { source: "typed", value: "1000" },
        { source: "preset", value: null },
      ],
    });
    expect(from.fingerprint).toBe(base.fingerprint);
  });
});
