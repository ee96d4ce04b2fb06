import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { settingRows } from "../src/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "deltafuse-settings-"));
const tool = fileURLToPath(new URL("../../../tools/generate-settings.mjs", import.meta.url));

interface Entry {
  readonly key: string;
  readonly value: string | null;
  readonly description: string;
}

/** What an engine with the committed table reports. */
const entries: readonly Entry[] = settingRows().map(({ key, doc, machineDefault, default: value }) => ({
  key,
  value: machineDefault === "cores" ? "2" : value,
  description: doc,
}));

function check(reported: readonly Entry[]): { readonly status: number | null; readonly output: string } {
  const file = join(folder, "entries.json");
  writeFileSync(file, JSON.stringify(reported));
  const run = spawnSync("node", [tool, "--from", file, "--check"], { encoding: "utf8" });
  return { status: run.status, output: run.stdout + run.stderr };
}

afterAll(() => rmSync(folder, { recursive: true }));

it("finds the committed table up to date", () => {
  expect(check(entries)).toEqual({ status: 0, output: "160 settings, up to date\n" });
});

it("finds another default", () => {
  const changed = entries.map((entry) =>
    entry.key === "datafusion.explain.show_sizes" ? { ...entry, value: "false" } : entry,
  );
  expect(check(changed)).toEqual({
    status: 1,
    output: [
      "The settings table is behind the engine; run node tools/generate-settings.mjs:",
      "  packages/config/src/engine-settings/explain.ts",
      "  docs/settings.md",
      "",
    ].join("\n"),
  });
});

it("finds a key that is gone and a key of an unknown namespace", () => {
  const without = entries.filter(({ key }) => key !== "datafusion.execution.batch_size");
  expect(check(without).output).toContain("settings-overlay.ts describes datafusion.execution.batch_size");
  const strange = [...entries, { key: "datafusion.cluster.size", value: "1", description: "" }];
  expect(check(strange).output).toContain("reports datafusion.cluster.size, which is in no known namespace");
});
