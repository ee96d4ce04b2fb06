// #region imports
import { readEnv } from "@deltafuse/config/env";
import { readMachine } from "@deltafuse/config/machine";
import { parseProfile } from "@deltafuse/config/profile";
import { resolveProfile } from "@deltafuse/config/resolve";
// #endregion
import { expect, it } from "vitest";
import { thrownBy } from "./samples.ts";

it("shows where a value comes from", () => {
  // #region example
  const profile = parseProfile({ execution: { batchSize: 4096 }, memory: { limit: "1GiB" } });
  const resolved = resolveProfile(profile, { env: readEnv(), machine: readMachine() });

  const setting = resolved.settings.get("datafusion.execution.batch_size");
  // { key: "datafusion.execution.batch_size", value: "4096", source: "typed", path: "execution.batchSize",
  //   shadowed: [{ source: "preset", value: "8192" }, { source: "engine", value: "8192" }] }
  // #endregion
  expect(setting).toEqual({
    key: "datafusion.execution.batch_size",
    value: "4096",
    source: "typed",
    path: "execution.batchSize",
    shadowed: [
      { source: "preset", value: "8192" },
      { source: "engine", value: "8192" },
    ],
  });
});

it("shows what is wrong", () => {
  const input = JSON.parse('{"execution": {"batchSize": 0}, "memory": {"limt": "1GiB"}}');
  expect(String(thrownBy(() => parseProfile(input)))).toBe(
    [
      "ConfigError: The profile has 2 problems.",
      "  execution.batchSize: Expected a value from 1 to 1048576, got 0.",
      "  memory.limt: There is no such field. Did you mean limit?",
    ].join("\n"),
  );
});
