import { describe, expect, it } from "vitest";
import { runProgram } from "./child-program.ts";

describe("resident memory", () => {
  it("stays flat over 20 000 small queries", async () => {
    const { stdout } = await runProgram("small-queries");
    const { wrong, samples, handles }: { wrong: number; samples: readonly number[]; handles: object } =
      JSON.parse(stdout);
    expect(wrong).toBe(0);
    expect(handles).toEqual({
      session: 1,
      cacheScope: 0,
      bytes: 0,
      frame: 0,
      prepared: 0,
      stream: 0,
      sink: 0,
      provider: 0,
      table: 0,
    });
    const [first = Number.NaN, ...later] = samples;
    expect(later.length).toBe(8);
    expect(Math.max(...later)).toBeLessThan(first * 1.15);
  }, 120_000);

  it("stays flat over a long stream, and timers stay alive", async () => {
    const { stdout } = await runProgram("long-stream");
    const { batches, bytes, grown, ticks, turns, milliseconds }: Record<string, number> = JSON.parse(stdout);
    expect(batches).toBeGreaterThanOrEqual(5000);
    expect(bytes).toBeGreaterThan(2_200_000_000);
    expect(grown).toBeLessThan(300);
    expect(ticks).toBeGreaterThan((milliseconds ?? Number.NaN) / 5 / 20);
    expect(turns).toBeGreaterThanOrEqual(5000);
  }, 120_000);

  it("goes back to the system when the last session is closed", async () => {
    const { stdout } = await runProgram("close-memory");
    const { rows, open, closed }: Record<string, number> = JSON.parse(stdout);
    expect(rows).toBe(1_000_000);
    expect(closed).toBeLessThan((open ?? Number.NaN) - 50);
  });
});
