import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cachePresets, hardeningPresets, presetNames } from "@deltafuse/config/presets";
import { parseProfile, type Profile, type ProfileInput } from "@deltafuse/config/profile";
import { type SettingRow, settingRow, settingRows, settingsEqual } from "@deltafuse/config/settings";
import { sqlPolicyPresets } from "@deltafuse/config/sql-policy";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { callNative } from "../src/native-call.ts";
import { loadNativeLibrary } from "../src/native-library.ts";
import { createSessionCache } from "../src/session-cache.ts";
import { openSessionPool } from "../src/session-pool.ts";
import { openSession, type Session } from "../src/session.ts";
import { type ReportedSetting, reportedSettingsSchema } from "../src/session-settings.ts";
import { declaredSamples, settingSamples, wrongText } from "./setting-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const createdSchema = z.looseObject({ effective: z.looseObject({ settings: reportedSettingsSchema }) });
const refusedSchema = z.object({ details: z.object({ settings: z.array(z.object({ key: z.string() })) }) });
const settingsSchema = z.looseObject({ entries: reportedSettingsSchema });

/** What the engine reports of a session with these settings and nothing else: at its creation, and asked. */
async function engineWith(settings: readonly (readonly [key: string, text: string])[]): Promise<{
  readonly created: readonly ReportedSetting[];
  readonly asked: readonly ReportedSetting[];
}> {
  const { binding } = await loadNativeLibrary();
  const call = { entrypoint: "createSession", request: { settings }, reply: createdSchema } as const;
  const { body, handle } = await callNative({ binding }, call);
  if (handle === undefined) throw new Error("There is no session");
  try {
    const reply = await callNative({ binding }, { entrypoint: "settings", on: handle, reply: settingsSchema });
    return { created: body.effective.settings, asked: reply.body.entries };
  } finally {
    handle.close();
  }
}

function textOf(settings: readonly ReportedSetting[], key: string): string | null | undefined {
  return settings.find((entry) => entry.key === key)?.value;
}

function has(settings: readonly ReportedSetting[], { row, text }: { row: SettingRow; text: string | null }): boolean {
  const reported = textOf(settings, row.key);
  return reported !== undefined && settingsEqual(row, text, reported);
}

function isDefault(settings: readonly ReportedSetting[], row: SettingRow): boolean {
  if (row.machineDefault === "cores") return Number(textOf(settings, row.key)) > 0;
  if (row.key === "datafusion.runtime.memory_limit") return textOf(settings, row.key) === "unlimited";
  return has(settings, { row, text: row.default });
}

const inConfig = settingRows().filter(({ applies, locked }) => applies === "session_config" && locked !== true);

describe("the settings table", () => {
  it("has the keys, descriptions and defaults of the engine", async () => {
    const { created, asked } = await engineWith([]);
    expect(created).toEqual(asked);
    expect(asked.map(({ key, description }) => ({ key, doc: description.replaceAll(/\s+/g, " ").trim() }))).toEqual(
      settingRows().map(({ key, doc }) => ({ key, doc })),
    );
    for (const row of settingRows()) {
      const value = textOf(asked, row.key);
      expect({ key: row.key, value, isDefault: isDefault(asked, row) }).toEqual({
        key: row.key,
        value,
        isDefault: true,
      });
    }
  });

  it("has values that the engine takes and gives back", async () => {
    const cases = inConfig.flatMap((row) => settingSamples(row).map(({ text }) => ({ row, text })));
    expect(new Set(cases.map(({ row }) => row.key)).size).toBe(inConfig.length);
    for (const { row, text } of cases) {
      const { created } = await engineWith([[row.key, text]]);
      expect({
        key: row.key,
        text,
        reported: textOf(created, row.key),
        isSame: has(created, { row, text }),
      }).toMatchObject({ isSame: true });
    }
  });

  it("has types whose other texts the engine refuses, apart from names that it reads when it uses them", async () => {
    const wrong = inConfig.flatMap((row) => {
      const text = wrongText(row);
      return text === undefined ? [] : [[row.key, text] as const];
    });
    const error: unknown = await engineWith(wrong).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "NATIVE.SETTINGS_REJECTED" });
    const refused = new Set(refusedSchema.parse(error).details.settings.map(({ key }) => key));
    expect(wrong.map(([key]) => key).filter((key) => !refused.has(key))).toEqual([
      "datafusion.execution.parquet.coerce_int96",
      "datafusion.execution.parquet.compression",
      "datafusion.execution.parquet.encoding",
      "datafusion.execution.parquet.statistics_enabled",
      "datafusion.format.duration_format",
      "datafusion.sql_parser.default_null_ordering",
    ]);
  });
});

/** A session, and how it is left. */
interface Entered {
  readonly session: Session;
  readonly leave: () => Promise<void>;
}

type Enter = (profile: Profile, options: { readonly hooks: HookEmitter }) => Promise<Entered>;

/** The ways to a session. */
const doors: readonly (readonly [name: string, enter: Enter])[] = [
  [
    "plain",
    async (profile, options) => {
      const session = await openSession(profile, options);
      return { session, leave: () => session.close() };
    },
  ],
  [
    "cached",
    async (profile, options) => {
      const cache = createSessionCache();
      return { session: await cache.ensure(profile, [], options), leave: () => cache.close() };
    },
  ],
  [
    "pooled",
    async (profile, options) => {
      const pool = await openSessionPool(profile, { ...options, size: 1 });
      await (await pool.acquire()).close();
      const { session } = await pool.acquire();
      return { session, leave: () => pool.close() };
    },
  ],
];

/** A session and what the engine reports of it. */
interface OpenedSettings extends AsyncDisposable {
  readonly session: Session;
  readonly entries: readonly ReportedSetting[];
  readonly runtime: object | undefined;
  readonly notApplied: readonly object[] | undefined;
}

async function opened(enter: Enter, input: ProfileInput): Promise<OpenedSettings> {
  const hooks = recordingHooks();
  const { session, leave } = await enter(parseProfile(input), { hooks });
  const applied = hooks.of("session.opened")[0]?.applied;
  const { entries } = await session.settings();
  const notApplied = applied?.entries.filter((one) => !one.applied);
  return { session, entries, runtime: applied?.runtime, notApplied, [Symbol.asyncDispose]: leave };
}

/** What is declared and the engine does not report. */
function missing({ session, entries }: OpenedSettings): readonly object[] {
  return [...session.resolved.settings.values()].filter(({ key, value }) => {
    const row = settingRow(key);
    if (row === undefined) return true;
    const isEngineDefault = value === null || (row.machineDefault === "cores" && value === "0");
    return !(isEngineDefault ? isDefault(entries, row) : has(entries, { row, text: value }));
  });
}

function expectedRuntime({ resolved }: Session): object {
  const { memory, spill, caches } = resolved.runtimeEnv;
  return {
    poolKind: memory.pool,
    poolLimitBytes: memory.limitBytes,
    spillDirectories: spill.directories.length,
    maxSpillBytes: spill.maxBytes,
    metadataCacheBytes: caches.metadataBytes,
    listFilesCacheBytes: caches.listFilesBytes,
    listFilesCacheTtlMs: caches.listFilesTtlMs,
  };
}

function expectedPolicy({ resolved }: Session): object {
  const { copy, ddl, dml, explainAnalyze, statements } = resolved.sqlPolicy;
  const texts = Object.entries({ copy, ddl, dml, explain_analyze: explainAnalyze, statements });
  return Object.fromEntries(texts.map(([name, allowed]) => [`deltafuse.policy.${name}`, String(allowed)]));
}

function reportedPolicy(entries: readonly ReportedSetting[]): object {
  const policy = entries.filter(({ key }) => key.startsWith("deltafuse.policy."));
  return Object.fromEntries(policy.map(({ key, value }) => [key, value]));
}

function namesOf<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(record) as K[];
}

const byName: readonly (readonly [what: string, input: ProfileInput])[] = [
  ...presetNames.map((preset) => [`preset ${preset}`, { preset }] as const),
  ...namesOf(hardeningPresets).map((name) => [`schemaHardening ${name}`, { schemaHardening: name }] as const),
  ...namesOf(cachePresets).map((name) => [`cache ${name}`, { cache: name }] as const),
  ...namesOf(sqlPolicyPresets).map((policy) => [`sql policy ${policy}`, { sql: { policy } }] as const),
];

describe.each(doors)("a %s session reports exactly what is declared", (_door, enter) => {
  it.each(byName)("by %s", async (_what, input) => {
    await using found = await opened(enter, input);
    const { session } = found;
    expect(missing(found)).toEqual([]);
    expect(found.notApplied).toEqual([]);
    expect(found.runtime).toEqual(expectedRuntime(session));
    expect(reportedPolicy(found.entries)).toEqual(expectedPolicy(session));
  });

  const owned = settingRows().filter(({ owner }) => owner !== undefined && owner !== "sql.policy");

  it.each(owned.map((row) => [row.owner, row] as const))("by the field %s", async (_owner, row) => {
    for (const { profile, text } of declaredSamples(row, folder)) {
      await using found = await opened(enter, profile);
      const { session, entries, runtime } = found;
      const reported = textOf(entries, row.key);
      const asked = { key: row.key, text, reported };
      if (row.key === "datafusion.runtime.temp_directory") {
        const folders = reported?.split(",").map((one) => dirname(one));
        expect({ ...asked, folders }).toEqual({ ...asked, folders: text.split("\n") });
      } else {
        expect({ ...asked, isSame: has(entries, { row, text }) }).toEqual({ ...asked, isSame: true });
      }
      expect(runtime).toEqual(expectedRuntime(session));
    }
  });
});

describe("settings that overwrite each other", () => {
  it("have the values that are declared", async () => {
    const kinds = ["aggregate", "join", "topk"];
    const keys = ["", "aggregate_", "join_", "topk_"].map(
      (name) => `datafusion.optimizer.enable_${name}dynamic_filter_pushdown`,
    );
    const flagsOf = async (features: NonNullable<ProfileInput["features"]>): Promise<readonly unknown[]> => {
      await using session = await openSession(parseProfile({ preset: "test", features }));
      const { entries } = await session.settings();
      return keys.map((key) => textOf(entries, key));
    };
    for (const [index, kind] of kinds.entries()) {
      const flags = await flagsOf({ [`${kind}DynamicFilterPushdown`]: false, dynamicFilterPushdown: true });
      expect(flags).toEqual(["true", ...kinds.map((_, other) => String(other !== index))]);
    }
    expect(await flagsOf({ dynamicFilterPushdown: false })).toEqual(["false", "false", "false", "false"]);
  });
});
