import { describe, expect, it } from "vitest";
import type { Machine } from "../src/machine.ts";
import type { ProfileInput } from "../src/profile.ts";
import { resolved, thrownBy } from "./samples.ts";

describe("a memory limit above the memory of the machine", () => {
  const small: Machine = { cores: 2, memoryBytes: 1024 ** 3 };

  it("is refused, wherever it comes from", () => {
    const message =
      'Expected at most 1073741824 bytes, the memory that this process may use, got 1073741825. A share such as "60%" fits every machine.';
    const input: ProfileInput = { memory: { limit: 1024 ** 3 + 1 } };
    expect(thrownBy(() => resolved(input, { machine: small }))).toMatchObject({
      code: "CONFIG.INVALID_PROFILE",
      details: { issues: [{ code: "OUT_OF_RANGE", path: "memory.limit", message }] },
    });
    expect(thrownBy(() => resolved({}, { machine: small, env: { DELTAFUSE_MEMORY_LIMIT: "2GiB" } }))).toMatchObject({
      details: { issues: [{ code: "OUT_OF_RANGE", path: "DELTAFUSE_MEMORY_LIMIT" }] },
    });
    const tiny = { ...small, memoryBytes: 1024 ** 2 };
    expect(thrownBy(() => resolved({ preset: "low_memory" }, { machine: tiny }))).toMatchObject({
      details: { issues: [{ code: "OUT_OF_RANGE", path: "memory.limit" }] },
    });
  });

  it("is the only one that is: all of it, a share of it and a limit that a mode drops are taken", () => {
    const limit = (input: ProfileInput) => resolved(input, { machine: small }).runtimeEnv.memory.limitBytes;
    expect(limit({ memory: { limit: "1GiB" } })).toBe(1024 ** 3);
    expect(limit({ memory: { limit: "95%" } })).toBe(Math.floor(0.95 * 1024 ** 3));
    expect(limit({ preset: "low_memory", memory: { pool: "unbounded" } })).toBeNull();
  });
});
