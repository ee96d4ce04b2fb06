import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CapabilityReport, doctor } from "../src/doctor.ts";
import { runtimeStats } from "../src/native-runtime.ts";

afterEach(() => vi.unstubAllEnvs());

function statuses({ checks }: CapabilityReport): readonly (readonly [string, string])[] {
  return checks.map(({ id, status }) => [id, status]);
}

describe("doctor", () => {
  it("looks at the extension, the machine and the environment", async () => {
    const report = await doctor();
    expect(statuses(report)).toEqual([
      ["binding", "ok"],
      ["contract", "ok"],
      ["engine", "ok"],
      ["features", "ok"],
      ["stores", "ok"],
      ["machine", "ok"],
      ["spill", "ok"],
      ["environment", "ok"],
      ["session", "skip"],
      ["applied", "skip"],
      ["query", "skip"],
      ["buffers", "skip"],
    ]);
    expect(report.status).toBe("ok");
    const details = Object.fromEntries(report.checks.map(({ id, detail }) => [id, detail]));
    expect(details).toMatchObject({
      binding: expect.stringContaining("binding.js, built for "),
      engine: expect.stringMatching(/^datafusion \d/),
      features: expect.stringContaining("delta"),
      stores: expect.stringMatching(/^file/),
      machine: expect.stringMatching(/^\d+ cores, [\d.]+ GiB of memory$/),
      environment: "no DELTAFUSE_* variable is set",
    });
  });

  it("opens a session of a profile, and closes it", async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "doctor-")));
    const before = (await runtimeStats()).handles["session"] ?? 0;
    const profile = parseProfile({ preset: "test", spill: { mode: "directories", directories: [directory] } });
    const report = await doctor({ profile });
    rmSync(directory, { recursive: true });
    expect(report.checks.slice(-6)).toEqual([
      expect.objectContaining({ id: "spill", status: "ok", detail: expect.stringContaining(directory) }),
      expect.objectContaining({ id: "environment", status: "ok" }),
      { id: "session", status: "ok", detail: "opened under the SQL policy write" },
      expect.objectContaining({ id: "applied", status: "ok", detail: expect.stringMatching(/^\d+ declared values/) }),
      { id: "query", status: "ok", detail: "SELECT 1 gave one row" },
      { id: "buffers", status: "ok", detail: "large batches are read without a copy" },
    ]);
    expect((await runtimeStats()).handles["session"] ?? 0).toBe(before);
  });

  it("says what is wrong with a profile and what to do", async () => {
    const missing = join(tmpdir(), "doctor-missing", "deep");
    const report = await doctor({
      profile: parseProfile({
        preset: "test",
        spill: { mode: "directories", directories: [missing] },
      }),
    });
    expect(report.status).toBe("fail");
    expect(report.checks.slice(-6)).toEqual([
      {
        id: "spill",
        status: "fail",
        detail: expect.stringContaining(`${missing} cannot be written to`),
        fix: expect.stringContaining("spill.directories"),
      },
      expect.objectContaining({ id: "environment", status: "ok" }),
      { id: "session", status: "fail", detail: expect.stringMatching(/^STORE\./) },
      { id: "applied", status: "skip", detail: "no session was opened" },
      { id: "query", status: "skip", detail: "no session was opened" },
      { id: "buffers", status: "skip", detail: "no session was opened" },
    ]);
    const large = await doctor({ profile: parseProfile({ preset: "test", memory: { limit: "4000GiB" } }) });
    expect(large.checks.find(({ id }) => id === "session")).toMatchObject({
      status: "fail",
      detail: expect.stringMatching(/^CONFIG\.INVALID_PROFILE.*memory\.limit/s),
    });
    const silent = await doctor({ profile: parseProfile({ preset: "test", sql: { policy: { maxSqlBytes: 5 } } }) });
    expect(statuses(silent).slice(-3)).toEqual([
      ["applied", "ok"],
      ["query", "fail"],
      ["buffers", "ok"],
    ]);
  });

  it("names variables that are set and fails for wrong ones", async () => {
    vi.stubEnv("DELTAFUSE_BATCH_SIZE", "4096");
    expect((await doctor()).checks.find(({ id }) => id === "environment")).toEqual({
      id: "environment",
      status: "ok",
      detail: "DELTAFUSE_BATCH_SIZE",
    });
    vi.stubEnv("DELTAFUSE_BATCHSIZE", "4096");
    const report = await doctor();
    expect(report.status).toBe("fail");
    expect(report.checks.find(({ id }) => id === "environment")).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("DELTAFUSE_BATCHSIZE"),
      fix: expect.any(String),
    });
  });

  it("ends with the reason of an abort", async () => {
    const reason = new Error("enough");
    const profile = parseProfile({ preset: "test" });
    await expect(doctor({ profile, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const running = doctor({ profile, signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});
