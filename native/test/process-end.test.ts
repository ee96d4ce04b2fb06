import { describe, expect, it } from "vitest";
import { runProgram } from "./child-program.ts";

describe("a process ends by itself", () => {
  const leavings: Readonly<Record<string, readonly [what: string, report: readonly object[]]>> = {
    session: ["an idle session", [{ left: 1 }]],
    streams: ["streams that were not read to their end", [{ left: 8192 }]],
    function: ["a registered function", [{ left: "as planned" }]],
    sink: ["a sink", [{ left: "open" }]],
    cancel: ["a cancelled query", [{ left: "NATIVE.CANCELLED" }]],
    promise: ["a pending promise, which it waits for", [{ left: "pending" }, { late: 1 }]],
  };

  for (const [argument, [what, expected]] of Object.entries(leavings)) {
    it(`with ${what}`, async () => {
      const { stdout, stderr } = await runProgram("exit", argument);
      const lines = stdout.trim().split("\n");
      expect({ reports: lines.map((line): unknown => JSON.parse(line)), stderr }).toEqual({
        reports: expected,
        stderr: "",
      });
    });
  }
});

describe("threads of node", () => {
  it("load the extension each, and one that is terminated takes no other along", async () => {
    const { stdout } = await runProgram("workers");
    const { mine, rows, codes, handles, idleMilliseconds, next } = JSON.parse(stdout);
    expect(mine).toBe(100_000);
    expect(rows.length).toBe(3);
    for (const count of rows) {
      expect(count).toBeGreaterThanOrEqual(200_000);
      expect(count % 10_000).toBe(0);
    }
    expect(codes).toEqual([1, 0, 0, 0]);
    expect(handles).toMatchObject({ session: 1, stream: 0 });
    expect(idleMilliseconds).toBeLessThan(150);
    expect(next).toBe(null);
  });
});
