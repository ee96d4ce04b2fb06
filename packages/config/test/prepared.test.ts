import { describe, expect, it } from "vitest";
import { extendProfile, parseProfile } from "../src/profile.ts";
import { profileSections } from "../src/identity.ts";
import { resolved, thrownBy } from "./samples.ts";

const byId = { name: "by_id", sql: "SELECT * FROM orders WHERE id = $1", types: ["int64"] };
const all = { name: "all", sql: "SELECT * FROM orders" };

function issues(prepared: unknown): unknown {
  return thrownBy(() => parseProfile({ prepared }));
}

describe("prepared", () => {
  it("keeps its order, and is replaced as a whole", () => {
    const profile = parseProfile({ prepared: [byId, all] });
    expect(profile.prepared).toEqual([byId, all]);
    expect(extendProfile(profile, { prepared: [all] }).prepared).toEqual([all]);
    expect(extendProfile(profile, {}).prepared).toEqual([byId, all]);
  });

  it("says where it comes from", () => {
    const { prepared, fields } = resolved({ prepared: [byId, all] });
    expect(prepared).toEqual([byId, all]);
    expect(fields.get("prepared")).toEqual({ value: "by_id,all", source: "typed", path: "prepared", shadowed: [] });
    const patch = JSON.stringify({ prepared: [all] });
    const patched = resolved({ prepared: [byId] }, { env: { DELTAFUSE_PROFILE_PATCH: patch } });
    expect(patched.prepared).toEqual([all]);
    expect(patched.fields.get("prepared")).toEqual({
      value: "all",
      source: "env",
      path: "DELTAFUSE_PROFILE_PATCH",
      shadowed: [{ source: "typed", value: "by_id" }],
    });
    expect(resolved().prepared).toEqual([]);
  });

  it("is part of the fingerprint", () => {
    const one = resolved({ prepared: [byId] });
    expect(profileSections(one)["prepared"]).toEqual([byId]);
    expect(one.fingerprint).not.toBe(resolved().fingerprint);
    expect(resolved({ prepared: [] }).fingerprint).toBe(resolved().fingerprint);
  });

  it("tells of everything that is wrong", () => {
    const wrong = [
      { name: "1st", sql: " " },
      { name: "two", sql: "SELECT 2", types: ["int64", 3] },
      { name: "two", sql: "SELECT 2", type: ["int64"] },
      "SELECT 4",
      { name: "five", sql: "SELECT 5", types: "int64" },
    ];
    expect(issues(wrong)).toMatchObject({
      code: "CONFIG.INVALID_PROFILE",
      details: {
        issues: [
          { code: "INVALID_VALUE", path: "prepared.0.name" },
          { code: "INVALID_VALUE", path: "prepared.0.sql" },
          { code: "INVALID_VALUE", path: "prepared.1.types.1" },
          { code: "UNKNOWN_FIELD", path: "prepared.2.type", suggestion: "types" },
          { code: "DUPLICATE", path: "prepared.2.name" },
          { code: "INVALID_VALUE", path: "prepared.3" },
          { code: "INVALID_VALUE", path: "prepared.4.types" },
        ],
      },
    });
    expect(issues({ name: "one", sql: "SELECT 1" })).toMatchObject({
      details: { issues: [{ code: "INVALID_VALUE", path: "prepared" }] },
    });
  });
});
