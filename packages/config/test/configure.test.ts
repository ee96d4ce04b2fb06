import { readFileSync } from "node:fs";
// #region imports
import { readEnv } from "@deltafuse/config/env";
import { readMachine } from "@deltafuse/config/machine";
import { extendProfile, parseProfile } from "@deltafuse/config/profile";
import { resolveProfile } from "@deltafuse/config/resolve";
// #endregion
import { expect, it } from "vitest";
import { diagnosticsVariable, envVariables } from "../src/env-variables.ts";
import { presetNames } from "../src/presets.ts";
import { engineSettings } from "../src/engine-settings.ts";
import { settingRows } from "../src/settings.ts";
import { thrownBy } from "./samples.ts";

const page = readFileSync(new URL("../../../docs/configure-a-session.md", import.meta.url), "utf8");

it("declares a session", () => {
  // #region declare
  const profile = parseProfile({
    preset: "large",
    memory: { limit: "60%" },
    spill: { mode: "directories", directories: ["/var/tmp/spill"], maxSize: "200GiB" },
    cache: { base: "pinned", statistics: "64MiB" },
    sql: { policy: { base: "read_only", functions: { deny: ["random"] } } },
    join: { preferHash: false },
    settings: { "datafusion.optimizer.prefer_existing_sort": true },
  });
  // #endregion
  // #region extend
  const nightly = extendProfile(profile, { name: "nightly", memory: { limit: "1GiB" }, cache: "isolated" });
  // #endregion
  // #region resolve
  const resolved = resolveProfile(nightly, { env: readEnv(), machine: readMachine() });
  // #endregion
  expect(resolved.runtimeEnv.memory).toEqual({ pool: "fair", limitBytes: 1024 ** 3, topConsumers: 5 });
  expect(resolved.runtimeEnv.caches.statisticsBytes).toBe(0);
  expect(resolved.sqlPolicy).toMatchObject({ dml: false, functions: { deny: ["random"] } });
});

it("tells every problem at once", () => {
  const input = {
    batchSize: 0,
    memory: { pool: "unbounded", limt: "4GiB" },
    spill: { mode: "disabled", maxSize: "1GiB" },
    output: { compression: "zstd" },
    settings: { "datafusion.execution.batch_size": 4096, "datafusion.optimizer.enable_hash_join": true },
  };
  // #region problems
  const text = String(thrownBy(() => parseProfile(input)));
  // #endregion
  expect(page).toContain(`\`\`\`\n${text}\n\`\`\``);
});

it("lists every variable, preset and field of the profile", () => {
  for (const { name, fields, doc } of envVariables) {
    expect(page).toContain(`| \`${name}\` | ${fields.map((field) => `\`${field}\``).join(", ")} | ${doc} |`);
  }
  expect(page).toContain(`| \`${diagnosticsVariable.name}\` | no field | ${diagnosticsVariable.doc} |`);
  for (const name of presetNames) expect(page).toContain(`\`${name}\``);
  const sections = settingRows().flatMap(({ owner }) => (owner === undefined ? [] : [owner.split(".")[0]]));
  for (const section of new Set([...sections, "limits", "settings"])) expect(page).toContain(`| \`${section}\` |`);
  expect(Object.keys(engineSettings)).toHaveLength(10);
});
