import { expect } from "vitest";
import type { Session } from "../src/session.ts";

/** Expects that EXPLAIN names a change of a table in memory, and that a policy without changes, or without `upper`, refuses it. */
export async function expectExplainedAndHeld(session: Session, sql: string, named: string): Promise<void> {
  const { table } = await session.execute(`EXPLAIN ${sql}`);
  expect(JSON.stringify(table?.toArray())).toContain(`MemoryRewrite: ${named}`);
  for (const [policy, violation] of [
    [{ dml: false }, "dml"],
    [{ functions: { deny: ["upper"] } }, "function"],
  ] as const) {
    await expect(session.execute(sql, { policy })).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation },
    });
  }
}
