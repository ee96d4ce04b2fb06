import { describe, expect, it } from "vitest";
import type { SettingKey } from "../src/engine-settings.ts";
import type { ProfileInput } from "../src/profile.ts";
import { resolved, thrownBy } from "./samples.ts";

it("every requirement that is not met is told at once", () => {
  const reason = "it says so";
  const one = { key: "datafusion.execution.batch_size", value: 1, reason } as const;
  const two = { key: "datafusion.optimizer.prefer_hash_join", value: false, reason } as const;
  const met = { key: "datafusion.execution.collect_statistics", value: true, reason } as const;
  const extensions = [
    { id: "a", requirements: [one, met] },
    { id: "b", requirements: [two, one] },
  ];
  expect(thrownBy(() => resolved({}, { extensions }))).toMatchObject({
    code: "CONFIG.REQUIREMENT_UNMET",
    message: [
      "The extension a needs datafusion.execution.batch_size = 1, but it is 8192 (preset, execution.batchSize): it says so.",
      "The extension b needs datafusion.optimizer.prefer_hash_join = false, but it is true (engine): it says so.",
      "The extension b needs datafusion.execution.batch_size = 1, but it is 8192 (preset, execution.batchSize): it says so.",
    ].join("\n"),
    details: {
      requirements: [
        { extension: "a", key: one.key },
        { extension: "b", key: two.key },
        { extension: "b", key: one.key },
      ],
    },
  });
});

describe("extensions", () => {
  const key = "datafusion.optimizer.prefer_hash_join";

  it("may agree but not differ on a default", () => {
    const agreeing = [
      { id: "a", defaults: { [key]: false } },
      { id: "b", defaults: { [key]: false } },
    ];
    expect(resolved({}, { extensions: agreeing }).settings.get(key)).toMatchObject({ path: "a" });
    const differing = [...agreeing, { id: "c", defaults: { [key]: true } }];
    expect(thrownBy(() => resolved({}, { extensions: differing }))).toMatchObject({
      code: "CONFIG.EXTENSION_CONFLICT",
      details: {
        key,
        values: [
          { extension: "a", value: "false" },
          { extension: "c", value: "true" },
        ],
      },
    });
  });

  it.each<readonly [string, unknown, string]>([
    ["datafusion.optimizer.prefer_hash_joins", true, "UNKNOWN_SETTING"],
    ["datafusion.catalog.create_default_catalog_and_schema", false, "LOCKED_SETTING"],
    [key, "no", "INVALID_VALUE"],
  ])("may not contribute %s = %j", (wrong, value, code) => {
    const defaults = JSON.parse(JSON.stringify({ [wrong]: value }));
    expect(thrownBy(() => resolved({}, { extensions: [{ id: "x", defaults }] }))).toMatchObject({
      code: "CONFIG.INVALID_PROFILE",
      details: { issues: [{ code, path: `extensions.x.${wrong}` }] },
    });
  });

  it("may require a value, whatever layer sets it", () => {
    const needs = (required: SettingKey, value: boolean | number | string | null) => [
      { id: "delta", requirements: [{ key: required, value, reason: "its tables hold no view types" }] },
    ];
    expect(() =>
      resolved({}, { extensions: needs("datafusion.execution.parquet.schema_force_view_types", false) }),
    ).not.toThrow();
    expect(() => resolved({}, { extensions: needs(key, true) })).not.toThrow();
    expect(() =>
      resolved({ schemaHardening: "off" }, { extensions: needs("datafusion.execution.time_zone", null) }),
    ).not.toThrow();
    const input: ProfileInput = { schemaHardening: "arrow_views" };
    const extensions = needs("datafusion.execution.parquet.schema_force_view_types", false);
    expect(thrownBy(() => resolved(input, { extensions }))).toMatchObject({
      code: "CONFIG.REQUIREMENT_UNMET",
      message:
        "The extension delta needs datafusion.execution.parquet.schema_force_view_types = false, but it is true (policy, schemaHardening.viewTypes): its tables hold no view types.",
      details: {
        requirements: [
          {
            extension: "delta",
            key: "datafusion.execution.parquet.schema_force_view_types",
            required: "false",
            actual: "true",
            source: "policy",
            path: "schemaHardening.viewTypes",
            reason: "its tables hold no view types",
          },
        ],
      },
    });
    expect(thrownBy(() => resolved({}, { extensions: needs(key, false) }))).toMatchObject({
      details: { requirements: [{ actual: "true", source: "engine", path: null }] },
    });
    expect(
      thrownBy(() => resolved({}, { extensions: needs("datafusion.optimizer.x" as SettingKey, false) })),
    ).toMatchObject({
      code: "CONFIG.INVALID_PROFILE",
      details: { issues: [{ code: "UNKNOWN_SETTING", path: "extensions.delta.datafusion.optimizer.x" }] },
    });
  });
});
