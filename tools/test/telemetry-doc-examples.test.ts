import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../packages/config/src/profile.ts";
import { openSession } from "../../packages/session-core/src/session.ts";
import { jsonLinesSink } from "../../packages/telemetry/src/json-lines-sink.ts";
import { findingRecord } from "../../packages/telemetry/src/record-kinds.ts";
import { createTelemetry } from "../../packages/telemetry/src/telemetry.ts";
import { documented, publicFiles, publicScope, runExample } from "./doc-examples.ts";

const inTelemetry = createRequire(new URL("../../packages/telemetry/package.json", import.meta.url));
const scopes = await Promise.all(["config", "hooks", "session-core", "telemetry"].map((name) => publicScope(name)));
const files = publicFiles("telemetry").map((file) => ({ name: file.pathname.replace(/.*\/packages\//, ""), file }));
const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
const profile = parseProfile({ preset: "test" });
const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: join(folder, "records.jsonl") })] });
const { logs }: { readonly logs: unknown } = inTelemetry("@opentelemetry/api-logs");
const session = await openSession(profile);
const fixtures = { telemetry, profile, logs, session };

// Examples write where they are.
beforeAll(async () => {
  process.chdir(folder);
  telemetry.record(findingRecord, { severity: "info", category: "c", code: "C", message: "m" });
  await telemetry.flush();
});
afterAll(async () => {
  process.chdir(before);
  await session.close();
  await telemetry.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(files)("the documentation of $name", ({ name, file }) => {
  const { examples, without } = documented(file);

  it("has an example for every function that an application calls", () => {
    expect(name.endsWith("/errors.ts") ? [] : without).toEqual([]);
  });

  it.each(examples)("has an example of $of that does what it says", async (example) => {
    await runExample(example, Object.assign({}, ...scopes, fixtures));
    expect(example.code).not.toBe("");
  });
});
