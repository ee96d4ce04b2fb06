import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { sqlExpression } from "../src/expression.ts";
import type { SessionExtension } from "../src/extension.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

function open(profile: ProfileInput = {}, options: OpenSessionOptions = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...profile }), options);
}

const plain = { values: "plain" } as const;

const failure = (code: string, details: object = {}): unknown =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

/** Brings a table into a session. */
const orders: SessionExtension = {
  id: "orders",
  version: 1,
  contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: null }] }),
  install: async (session) => {
    await session.execute("CREATE TABLE orders AS VALUES (1, 'a'), (2, 'b'), (3, NULL)");
  },
};

describe("PREPARE, EXECUTE and DEALLOCATE", () => {
  it("run a query with other values", async () => {
    const hooks = recordingHooks();
    await using session = await open({}, { extensions: [orders], hooks });
    const made = await session.execute("PREPARE by_id(INT) AS SELECT column2 AS name FROM orders WHERE column1 = $1");
    expect([made.kind, made.verb, made.table]).toEqual(["statement", "PREPARE", null]);
    expect(await session.sql("EXECUTE by_id(2)").rows()).toEqual([{ name: "b" }]);
    expect(await session.sql("EXECUTE by_id(1 + 2)").rows()).toEqual([{ name: null }]);
    const { table } = await session.execute("EXECUTE By_Id(1)");
    expect(table?.toArray().map((row: object) => ({ ...row }))).toEqual([{ name: "a" }]);
    expect(hooks.of("statement.prepared")).toMatchObject([{ name: "by_id", types: ["int32"], replaced: false }]);
    await session.execute("DEALLOCATE by_id");
    await expect(session.sql("EXECUTE by_id(2)").rows()).rejects.toEqual(
      failure("SQL.PREPARED_NOT_FOUND", { name: "by_id" }),
    );
    await expect(session.execute("DEALLOCATE by_id")).rejects.toEqual(failure("SQL.PREPARED_NOT_FOUND"));
  });

  it("have names that nobody else has", async () => {
    await using session = await open();
    await session.execute('PREPARE "One" AS SELECT 1 AS one');
    await session.execute("PREPARE one AS SELECT 2 AS two");
    await expect(session.execute("PREPARE one AS SELECT 3 AS three")).rejects.toEqual(
      failure("SQL.PREPARED_EXISTS", { name: "one" }),
    );
    expect(await session.sql('EXECUTE "One"').rows(plain)).toEqual([{ one: 1 }]);
    expect(await session.sql("EXECUTE one").rows(plain)).toEqual([{ two: 2 }]);
  });

  it("name the type of each parameter, or of none", async () => {
    await using session = await open();
    for (const sql of [
      "PREPARE sums(INT) AS SELECT $1 + $2 AS n",
      "PREPARE sums(INT, INT) AS SELECT $1 + 1 AS n",
      "PREPARE sums(INT) AS SELECT 1 AS n",
    ]) {
      await expect(session.execute(sql), sql).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    }
    await session.execute("PREPARE sums(INT, INT) AS SELECT $1 + $2 AS n");
    expect(await session.sql("EXECUTE sums(1, 2)").rows(plain)).toEqual([{ n: 3 }]);
  });

  it("are there for the program too", async () => {
    await using session = await open({}, { extensions: [orders] });
    await session.execute("PREPARE named AS SELECT column2 AS name FROM orders WHERE column1 = $id");
    const statement = session.prepared("named");
    expect(statement.parameters).toEqual([{ name: "id", type: "int64" }]);
    expect(statement.fields.map(({ name }) => name)).toEqual(["name"]);
    expect(statement.sql).toBe("SELECT column2 AS name FROM orders WHERE column1 = $id");
    expect(await statement.bind({ id: 2 }).rows()).toEqual([{ name: "b" }]);
    await statement.close();
    expect(await session.prepared("named").bind({ id: 1 }).rows()).toEqual([{ name: "a" }]);
    await expect(session.sql("EXECUTE named(1)").rows()).rejects.toEqual(failure("SQL.PARAMETER_MISSING"));
    expect(() => session.prepared("other")).toThrow(expect.objectContaining({ code: "SQL.PREPARED_NOT_FOUND" }));
  });

  it("see the tables as they are", async () => {
    await using session = await open({}, { extensions: [orders] });
    await session.execute("PREPARE counted AS SELECT count(*) AS n FROM orders");
    await session.execute("CREATE OR REPLACE TABLE orders AS SELECT 1 AS only");
    expect(await session.sql("EXECUTE counted").rows(plain)).toEqual([{ n: 1 }]);
    await session.execute("DROP TABLE orders");
    await expect(session.sql("EXECUTE counted").rows()).rejects.toEqual(failure("SQL.PLAN_ERROR"));
  });

  it("take the values that the query takes, and constants only", async () => {
    await using session = await open();
    await session.execute("PREPARE one(INT) AS SELECT $1 AS n");
    await expect(session.sql("EXECUTE one").rows()).rejects.toEqual(failure("SQL.PARAMETER_MISSING", { names: ["1"] }));
    await expect(session.sql("EXECUTE one(1, 2)").rows()).rejects.toEqual(
      failure("SQL.PARAMETER_UNUSED", { names: ["2"] }),
    );
    await expect(session.sql("EXECUTE one('x')").rows()).rejects.toEqual(failure("SQL.PARAMETER_TYPE"));
    expect(await session.sql("EXECUTE one('20')").rows(plain)).toEqual([{ n: 20 }]);
    await expect(session.sql("EXECUTE one(random())").rows()).rejects.toEqual(failure("SQL.PLAN_ERROR"));
    expect(await session.sql("EXECUTE one($1)", { parameters: [5] }).rows(plain)).toEqual([{ n: 5 }]);
  });

  it("need their own permission, and that of the statement inside", async () => {
    await using session = await open();
    await session.execute("PREPARE one AS SELECT abs(-1) AS one");
    const statements = { base: "admin", statements: false } as const;
    const violation = (name: string): unknown => failure("SQL.POLICY_VIOLATION", { violation: name });
    await expect(session.execute("PREPARE two AS SELECT 2", { policy: statements })).rejects.toEqual(
      violation("statement"),
    );
    await expect(session.sql("EXECUTE one", { policy: statements }).rows()).rejects.toEqual(violation("statement"));
    await expect(session.execute("DEALLOCATE one", { policy: statements })).rejects.toEqual(violation("statement"));
    await expect(
      session.execute("PREPARE two AS INSERT INTO t VALUES (1)", { policy: { base: "admin", dml: false } }),
    ).rejects.toEqual(violation("dml"));
    const noAbs = { base: "admin", functions: { deny: ["abs"] } } as const;
    await expect(session.sql("EXECUTE one", { policy: noAbs }).rows()).rejects.toEqual(violation("function"));
    await session.execute("PREPARE given AS SELECT $1 AS n");
    await expect(session.sql("EXECUTE given(abs(-1))", { policy: noAbs }).rows()).rejects.toEqual(
      violation("function"),
    );
    await expect(session.execute("PREPARE two AS INSERT INTO t VALUES (1)")).rejects.toEqual(
      failure("SQL.STATEMENT_UNSUPPORTED"),
    );
  });

  it("keep the policy under which a query was prepared", async () => {
    await using session = await open();
    const noAbs = { base: "admin", functions: { deny: ["abs"] } } as const;
    await session.execute("PREPARE one AS SELECT $1 AS n", { policy: noAbs });
    const frame = session.sql("EXECUTE one(1)");
    await expect(frame.select(sqlExpression("abs(n)")).rows()).rejects.toEqual(failure("SQL.POLICY_VIOLATION"));
    expect(await frame.rows(plain)).toEqual([{ n: 1 }]);
  });

  it("are no queries to prepare or to explain", async () => {
    await using session = await open();
    await session.execute("PREPARE one AS SELECT 1 AS one");
    expect(() => session.sql("PREPARE two AS SELECT 2")).not.toThrow();
    await expect(session.sql("PREPARE two AS SELECT 2").rows()).rejects.toEqual(failure("SQL.NOT_A_QUERY"));
    await expect(session.prepare("EXECUTE one")).rejects.toEqual(failure("SQL.NOT_A_QUERY"));
    await expect(session.execute("EXPLAIN EXECUTE one")).rejects.toEqual(failure("SQL.STATEMENT_UNSUPPORTED"));
  });
});

describe("prepared statements of the profile", () => {
  const prepared = [
    { name: "by_id", sql: "SELECT column2 AS name FROM orders WHERE column1 = $1", types: ["int32"] },
    { name: "everything", sql: "SELECT count(*) AS n FROM orders" },
  ];

  it("are there when a session is opened, after its tables", async () => {
    const hooks = recordingHooks();
    await using session = await open({ prepared }, { extensions: [orders], hooks });
    expect(await session.sql("EXECUTE by_id(2)").rows()).toEqual([{ name: "b" }]);
    expect(await session.prepared("everything").bind().rows(plain)).toEqual([{ n: 3 }]);
    expect(session.prepared("by_id").parameters).toEqual([{ name: "1", type: "int32" }]);
    expect(hooks.of("session.step").map(({ phase, step, status }) => [phase, step, status])).toEqual([
      ["catalogs", "tables.register", "ok"],
      ["prepared", "prepared.by_id", "ok"],
      ["prepared", "prepared.everything", "ok"],
    ]);
    expect(hooks.of("statement.prepared")).toMatchObject([
      { name: "by_id", types: ["int32"], replaced: false },
      { name: "everything", types: [], replaced: false },
    ]);
  });

  it("say what they are for in the fingerprint of the profile", async () => {
    await using session = await open({ prepared }, { extensions: [orders] });
    await using same = await open({ prepared: [...prepared] }, { extensions: [orders] });
    await using other = await open({ prepared: prepared.slice(1) }, { extensions: [orders] });
    const hash = async (of: Session): Promise<string> => (await of.runtime()).profileFingerprint;
    expect(await hash(same)).toBe(await hash(session));
    expect(await hash(other)).not.toBe(await hash(session));
  });

  it("fail the opening when one cannot be planned", async () => {
    const wrong = { prepared: [{ name: "wrong", sql: "SELECT * FROM nowhere" }] };
    await expect(open(wrong)).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      details: { phase: "prepared", step: "prepared.wrong" },
      cause: { code: "SQL.PLAN_ERROR" },
    });
    const typed = { prepared: [{ name: "wrong", sql: "SELECT $1", types: ["list<int64>"] }] };
    await expect(open(typed)).rejects.toMatchObject({ cause: { code: "SQL.PARAMETER_TYPE" } });
    const unknown = { prepared: [{ name: "wrong", sql: "SELECT $1", types: ["integr"] }] };
    await expect(open(unknown)).rejects.toMatchObject({ cause: { code: "SQL.TYPE_UNKNOWN" } });
  });

  it("go with their session", async () => {
    const count = async (): Promise<number> => (await runtimeStats()).handles["prepared"] ?? 0;
    const before = await count();
    const session = await open({ prepared }, { extensions: [orders] });
    await session.execute("PREPARE another AS SELECT 1 AS one");
    await session.execute("DEALLOCATE everything");
    expect(await count()).toBe(before + 2);
    await session.close();
    expect(await count()).toBe(before);
  });

  it("need a permission to be called, none to be declared", async () => {
    const policy = { sql: { policy: "read_only" } } as const;
    await using session = await open({ ...policy, prepared: [{ name: "one", sql: "SELECT 1 AS one" }] });
    expect(await session.prepared("one").bind().rows(plain)).toEqual([{ one: 1 }]);
  });
});
