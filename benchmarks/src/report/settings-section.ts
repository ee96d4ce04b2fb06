import type { SettingsSnapshot } from "@deltafuse/session-core/session-runtime";
import { settingDifferences } from "../settings-artifact.ts";
import { folded, section, table } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";

function differences(caption: string, before: SettingsSnapshot | null, now: SettingsSnapshot): string {
  if (before === null) return "";
  const rows = settingDifferences(before, now).map((one) => [one.key, one.before ?? "none", one.now ?? "none"]);
  if (rows.length === 0) return `<p>${caption}: no setting differs.</p>`;
  return table(`${caption}: settings that differ`, ["setting", "before", "now"], rows);
}

/** The settings of DeltaFuse with where they come from, and what differs from the baseline and the run before. */
export function settingsSection(
  { settings, identity }: MeasuredRun,
  others: { readonly baseline: SettingsSnapshot | null; readonly previous: MeasuredRun | null },
): string {
  if (settings === null) return "";
  const { baseline, previous } = others;
  const rows = settings.entries.map(({ key, value, source, path, requested }) => [
    key,
    value ?? "none",
    source,
    path ?? "",
    requested ?? "",
  ]);
  const headings = ["setting", "value", "set by", "declared at", "declared as"];
  return section("Settings", [
    differences("Against the baseline", baseline, settings),
    previous === null ? "" : differences(`Against ${previous.name}`, previous.settings, settings),
    folded(`All ${rows.length} settings`, table("Settings in effect", headings, rows)),
    Object.keys(identity).length === 0
      ? ""
      : table("Fingerprints of the session", ["part", "fingerprint"], Object.entries(identity)),
  ]);
}
