import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv } from "@deltafuse/config/env";
import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterAll, describe, expect, it } from "vitest";
import type { SessionExtension } from "../src/extension.ts";
import { openSession } from "../src/session.ts";
import { createSessionCache } from "../src/session-cache.ts";

const root = mkdtempSync(join(tmpdir(), "deltafuse-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const profile = parseProfile({ preset: "test" });
const envTo = (name: string) => readEnv({ DELTAFUSE_DIAGNOSTICS: `jsonl:${join(root, name)}` });

function recordsIn(name: string): readonly unknown[] {
  const lines = readFileSync(join(root, name), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { kind, action } = JSON.parse(line) as { readonly kind: string; readonly action?: string };
    return action === undefined ? kind : `${kind} ${action}`;
  });
}

const broken: SessionExtension = {
  id: "broken",
  version: 1,
  contribute: () => ({ steps: [{ id: "broken.start", phase: "adapters", spec: {} }] }),
  install: () => Promise.reject(new Error("it is broken")),
};

describe("DELTAFUSE_DIAGNOSTICS", () => {
  it("sends the records of a session without hooks to a file, all of them before closing ends", async () => {
    const session = await openSession(profile, { env: envTo("one.jsonl") });
    await session.sql("SELECT 1 AS one").rows();
    await session.close();
    expect(recordsIn("one.jsonl")).toEqual([
      "session opened",
      "settings",
      "cache",
      "plan",
      "execution",
      "session closed",
    ]);
  });

  it("sends those of a session that cannot be opened too", async () => {
    const opening = openSession(profile, { env: envTo("two.jsonl"), extensions: [broken] });
    await expect(opening).rejects.toMatchObject({ code: "SESSION.INSTALL_FAILED" });
    expect(recordsIn("two.jsonl")).toEqual(["session failed"]);
  });

  it("sends those of the sessions of a cache, to the end of the cache", async () => {
    const cache = createSessionCache();
    const options = { env: envTo("cache.jsonl") };
    const session = await cache.ensure(profile, [], options);
    await session.sql("SELECT 1 AS one").rows();
    await session.close();
    const again = cache.get(profile, [], options);
    await again?.sql("SELECT 2 AS two").rows();
    await cache.close();
    const ofSession = ["session opened", "settings", "plan", "execution", "session closed"];
    expect(recordsIn("cache.jsonl").filter((record) => record !== "cache")).toEqual([...ofSession, ...ofSession]);
  });

  it("records nothing when it says so", async () => {
    const env = readEnv({ DELTAFUSE_DIAGNOSTICS: "none" });
    await using session = await openSession(profile, { env });
    expect(session.hooks.telemetry.recorder.stats().recorded).toBe(0);
  });

  it("says nothing of a session whose program has hooks, and changes no fingerprint", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(profile, { env: envTo("three.jsonl"), hooks });
    await using plain = await openSession(profile, { hooks });
    expect(session.resolved.fingerprint).toBe(plain.resolved.fingerprint);
    expect(() => recordsIn("three.jsonl")).toThrow(/ENOENT/);
  });
});
