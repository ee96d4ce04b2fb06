import { describe, expect, it } from "vitest";
import { extendProfile, parseProfile } from "../src/profile.ts";
import { thrownBy } from "./samples.ts";

describe("extendProfile", () => {
  const base = parseProfile({
    memory: { pool: "fair", limit: "1GiB" },
    spill: { mode: "directories", directories: ["/a", "/b"] },
    cache: { base: "fresh", metadata: "1MiB" },
    sql: { policy: { base: "read_only", ddl: true } },
    settings: { "datafusion.format.safe": false },
  });

  it("merges objects, bases and settings per key and replaces arrays", () => {
    const extended = extendProfile(base, {
      memory: { limit: "2GiB" },
      spill: { directories: ["/c"] },
      cache: { listFiles: 1024 },
      sql: { policy: { dml: true } },
      settings: { "datafusion.format.null": "-" },
    });
    expect(extended).toEqual(
      parseProfile({
        memory: { pool: "fair", limit: "2GiB" },
        spill: { mode: "directories", directories: ["/c"] },
        cache: { base: "fresh", metadata: "1MiB", listFiles: 1024 },
        sql: { policy: { base: "read_only", ddl: true, dml: true } },
        settings: { "datafusion.format.safe": false, "datafusion.format.null": "-" },
      }),
    );
  });

  it("replaces a set by a name and keeps what undefined does not change", () => {
    const extended = extendProfile(base, { cache: "isolated", sql: { policy: "admin" }, preset: "dev" });
    expect(extended).toMatchObject({ preset: "dev", cache: { base: "isolated" }, sql: { policy: { base: "admin" } } });
    expect(extended.cache).toEqual({ base: "isolated" });
    expect(extendProfile(base, JSON.parse("{}"))).toEqual(base);
    expect(Object.isFrozen(extended.memory)).toBe(true);
  });

  it("judges the merged profile", () => {
    const error = thrownBy(() => extendProfile(base, { memory: { pool: "unbounded" } }));
    expect(error).toMatchObject({ details: { issues: [{ code: "CONFLICT", path: "memory.limit" }] } });
    expect(extendProfile(base, { memory: { pool: "unbounded", limit: null } }).memory).toEqual({
      pool: "unbounded",
      limit: null,
    });
  });
});
