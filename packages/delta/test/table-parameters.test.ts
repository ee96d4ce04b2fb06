import type { Session } from "@deltafuse/session-core/session";
import { tableFromArrays } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ordersSite } from "./orders-site.ts";
import { rowsOf, type TestSite } from "./test-session.ts";

let site: TestSite;
let session: Session;
let location: string;

beforeEach(async () => {
  ({ site, location } = await ordersSite());
  ({ session } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

const given = [
  { id: 1, name: "uno" },
  { id: 7, name: "seven" },
];

/** How many rows a statement over the rows of the program changes. */
async function changed(sql: string): Promise<number | null> {
  const { rowsAffected } = await session.execute(sql, { tables: { given } });
  return rowsAffected;
}

async function orders(): Promise<string> {
  const rows = await rowsOf(session, { location });
  return rows.map((row) => Object.values(row).join(":")).join(" ");
}

describe("rows of the program under a name of their own", () => {
  it("are merged, inserted, looked up and joined", async () => {
    const stars = "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *";
    expect(await changed(`MERGE INTO orders USING given ON orders.id = CAST(given.id AS bigint) ${stars}`)).toBe(2);
    expect(await orders()).toBe("1:uno 2:two 3: 7:seven");
    expect(await changed("INSERT INTO orders SELECT id + 10, upper(name) FROM given")).toBe(2);
    expect(await changed("DELETE FROM orders WHERE id IN (SELECT CAST(id AS bigint) + 10 FROM given)")).toBe(2);
    const joined = "UPDATE orders SET name = given.name || '!' FROM given WHERE orders.id = CAST(given.id AS bigint)";
    expect(await changed(joined)).toBe(2);
    expect(await orders()).toBe("1:uno! 2:two 3: 7:seven!");
  });

  it("stand beside values for the arguments of table functions", async () => {
    const sql = "INSERT INTO orders SELECT value + 30, name FROM range(0, $1) JOIN given ON value + 6 = given.id";
    const { rowsAffected } = await session.execute(sql, { tables: { given }, parameters: [3] });
    expect([rowsAffected, await orders()]).toEqual([1, "1:one 2:two 3: 31:seven"]);
    const remove = "DELETE FROM orders WHERE id IN (SELECT value FROM generate_series(31, $1))";
    expect((await session.execute(remove, { parameters: [40] })).rowsAffected).toBe(1);
  });

  it("may come step by step", async () => {
    async function* batches() {
      for (const id of [20, 21]) {
        yield* tableFromArrays({ id: BigInt64Array.of(BigInt(id)), name: [`n${id}`] }).batches;
      }
    }
    const insert = "INSERT INTO orders SELECT id, CAST(name AS varchar) FROM given";
    const { rowsAffected } = await session.execute(insert, { tables: { given: batches() } });
    expect([rowsAffected, await orders()]).toEqual([2, "1:one 2:two 20:n20 21:n21 3:"]);
  });

  it("are explained, and are not what a statement changes", async () => {
    const explain = "EXPLAIN INSERT INTO orders SELECT CAST(id AS bigint), name FROM given";
    const { table } = await session.execute(explain, { tables: { given } });
    expect(String(table?.toArray().map(String))).toContain("given");
    await expect(changed("INSERT INTO given SELECT * FROM given")).rejects.toMatchObject({
      code: "SQL.STATEMENT_UNSUPPORTED",
      details: { statement: "INSERT", use: "a parameter of another name" },
    });
    await expect(changed("INSERT INTO orders VALUES (1, 'x')")).rejects.toMatchObject({ code: "SQL.PARAMETER_UNUSED" });
    expect(await orders()).toBe("1:one 2:two 3:");
  });
});
