import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runtimeStats } from "../src/native-runtime.ts";
import { typed } from "../src/parameters.ts";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }), { hooks });
  await session.execute("CREATE TABLE orders AS VALUES (1, 'a', 2.5), (2, 'b', 3.5), (3, NULL, 4.5)");
});
afterEach(() => session.close());

const plain = { values: "plain" } as const;

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

describe("a prepared statement", () => {
  it("tells its parameters and columns", async () => {
    await using byId = await session.prepare("SELECT column2 AS name FROM orders WHERE column1 = $id AND $flag");
    expect(byId.parameters).toEqual([
      { name: "flag", type: "bool" },
      { name: "id", type: "int64" },
    ]);
    expect(byId.fields).toEqual([{ name: "name", type: { type: "utf8" }, nullable: true }]);
    expect(byId.sql).toBe("SELECT column2 AS name FROM orders WHERE column1 = $id AND $flag");
  });

  it("gives what the same text gives with the same values", async () => {
    const text = "SELECT column1 AS id, column2 AS name, $2 AS given FROM orders WHERE column3 > $1 ORDER BY column1";
    await using above = await session.prepare(text);
    for (const values of [
      [3, "x"],
      [4.2, null],
      [9, "none"],
    ]) {
      const rows = await session.sql(text, { parameters: values }).rows(plain);
      expect(await above.bind(values).rows(plain)).toEqual(rows);
      expect(await above.bind(values).count()).toBe(rows.length);
    }
  });

  it("is a frame like any other once it is bound", async () => {
    await using all = await session.prepare("SELECT column1 AS id FROM orders WHERE column1 >= $1");
    const two = all.bind([2]);
    expect(await two.sort("id").limit(1).rows(plain)).toEqual([{ id: 2 }]);
    expect(await two.join(all.bind([3]), { on: ["id"] }).rows(plain)).toEqual([{ id: 3 }]);
    expect((await two.collect()).numRows).toBe(2);
    expect((await two.artifact()).planFingerprint).toBe((await all.bind([2]).artifact()).planFingerprint);
  });

  it("runs many times at once", async () => {
    await using times = await session.prepare("SELECT $1 * 2 AS n");
    const rows = await Promise.all(
      Array.from({ length: 50 }, (_, value) => times.bind([typed(value, "int64")]).rows(plain)),
    );
    expect(rows.map(([row]) => row)).toEqual(Array.from({ length: 50 }, (_, value) => ({ n: value * 2 })));
  });

  it("takes no values where there are no parameters", async () => {
    await using all = await session.prepare("SELECT count(*) AS n FROM orders");
    expect(all.parameters).toEqual([]);
    expect(await all.bind().rows(plain)).toEqual([{ n: 3 }]);
    await expect(all.bind([1]).rows()).rejects.toEqual(code("SQL.PARAMETER_UNUSED", { names: ["1"] }));
  });

  it("sees a table that was replaced, dropped or added a view to", async () => {
    await session.execute("CREATE VIEW v AS SELECT column1 AS id FROM orders");
    await using all = await session.prepare("SELECT count(*) AS n FROM v WHERE id > $1");
    expect(await all.bind([0]).rows(plain)).toEqual([{ n: 3 }]);
    await session.execute("CREATE OR REPLACE VIEW v AS SELECT 7 AS id");
    expect(await all.bind([0]).rows(plain)).toEqual([{ n: 1 }]);
    await session.drop("view", "v");
    await expect(all.bind([0]).rows()).rejects.toEqual(code("SQL.PLAN_ERROR", { table: "v" }));
  });

  it("refuses wrong values with the name of the parameter", async () => {
    await using byId = await session.prepare("SELECT * FROM orders WHERE column1 = $id");
    await expect(byId.bind({}).rows()).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["id"] }));
    await expect(byId.bind([1]).rows()).rejects.toEqual(code("SQL.PARAMETER_MIXED"));
    await expect(byId.bind({ id: "one" }).rows()).rejects.toEqual(code("SQL.PARAMETER_TYPE", { name: "id" }));
    expect(() => byId.bind({ "no name": 1 })).toThrow(expect.objectContaining({ code: "SQL.PARAMETER_NAME" }));
    expect(await byId.bind({ id: 1 }).count()).toBe(1);
  });

  it("takes only a query that plans", async () => {
    await expect(session.prepare("DROP TABLE orders")).rejects.toEqual(code("SQL.NOT_A_QUERY"));
    await expect(session.prepare("SELEC 1")).rejects.toEqual(code("SQL.PARSE_ERROR", { line: 1 }));
    await expect(session.prepare("SELECT * FROM ordrs")).rejects.toEqual(
      code("SQL.PLAN_ERROR", { candidates: ["orders"] }),
    );
    await expect(session.prepare("SELECT 1; SELECT 2")).rejects.toEqual(code("SQL.POLICY_VIOLATION"));
    expect(await session.sql("SELECT count(*) AS n FROM orders").rows(plain)).toEqual([{ n: 3 }]);
  });

  it("stays under the policy it was prepared under", async () => {
    const policy = { functions: { allow: null, deny: ["random"] } };
    await expect(session.prepare("SELECT random()", { policy })).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "function" }),
    );
    await session.execute("CREATE VIEW dice AS SELECT random() AS r, 1 AS n");
    await using all = await session.prepare("SELECT n FROM dice WHERE r < $1", { policy });
    await expect(all.bind([2]).rows()).rejects.toEqual(code("SQL.POLICY_VIOLATION", { violation: "function" }));
  });

  it("tells of the text when it is prepared and of each run", async () => {
    const before = hooks.events().length;
    await using one = await session.prepare("SELECT $1 AS n", { label: "reports" });
    await one.bind([1]).rows();
    await one.bind([2]).rows();
    const run = ["sql.received", "plan.compiled", "query.started", "query.finished"];
    expect(hooks.names().slice(before)).toEqual(["sql.received", ...run, ...run]);
    expect(hooks.of("sql.received").slice(-3)).toMatchObject([
      { sql: "SELECT $1 AS n", source: "prepare", parameterNames: [] },
      { sql: "SELECT $1 AS n", source: "bind", parameterNames: ["1"] },
      { sql: "SELECT $1 AS n", source: "bind", parameterNames: ["1"] },
    ]);
    expect(
      hooks
        .of("plan.compiled")
        .slice(-2)
        .map(({ sql }) => sql),
    ).toEqual(["SELECT $1 AS n", "SELECT $1 AS n"]);
  });

  it("asks the interceptors of texts when it is prepared and at each run", async () => {
    await using one = await session.prepare("SELECT $1 AS n");
    const asked = hooks.asked("beforeSql");
    using _rule = hooks.intercept("beforeSql", ({ sql, source }) =>
      source === "bind" ? { replace: { sql: `${sql}, 7 AS m` } } : undefined,
    );
    expect(await one.bind([1]).rows(plain)).toEqual([{ n: 1, m: 7 }]);
    expect(asked).toMatchObject([{ sql: "SELECT $1 AS n", source: "bind", parameters: [1] }]);
    using _refusal = hooks.intercept("beforeSql", () => veto("not now"));
    await expect(session.prepare("SELECT 1")).rejects.toMatchObject({ code: "HOOKS.VETOED" });
  });

  it("ends with its close, with the session and with an abort", async () => {
    const one = await session.prepare("SELECT $1 AS n");
    const planned = one.bind([1]);
    expect(await planned.rows(plain)).toEqual([{ n: 1 }]);
    await one.close();
    await one.close();
    expect(await planned.rows(plain)).toEqual([{ n: 1 }]);
    await expect(one.bind([2]).rows()).rejects.toEqual(code("NATIVE.CLOSED"));
    const reason = new Error("no longer wanted");
    await expect(session.prepare("SELECT 1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const last = await session.prepare("SELECT $1 AS n");
    await session.close();
    expect(() => last.bind([1])).toThrow(expect.objectContaining({ code: "SESSION.CLOSED" }));
    await last.close();
    expect((await runtimeStats()).handles["prepared"]).toBe(0);
  });
});
