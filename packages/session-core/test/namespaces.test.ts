import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSessionPool } from "../src/session-pool.ts";
import { openSession, type Session } from "../src/session.ts";
import { classifySql } from "../src/sql-statement.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
let hooks: ReturnType<typeof recordingHooks>;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(profile, { hooks });
});
afterEach(() => session.close());

/** Names of the schemas of each catalog. */
async function schemas(of: Session = session): Promise<Readonly<Record<string, readonly string[]>>> {
  const { catalogs } = await of.inspect({ parts: ["schemata"] });
  return Object.fromEntries(catalogs.map(({ name, schemas: found }) => [name, found.map((schema) => schema.name)]));
}

async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await session.execute(statement);
}

const dropped = (): readonly string[] => hooks.of("table.dropped").map(({ object, name }) => `${object} ${name}`);
const first = { datafusion: ["public", "views"] };
const code = (text: string, details: object = {}): object => ({
  code: text,
  details: expect.objectContaining(details),
});

describe("drop", () => {
  it("takes empty schemas away, of any catalog, and then the catalog", async () => {
    await run("CREATE SCHEMA s", 'CREATE SCHEMA "my s"', "CREATE DATABASE other", "CREATE SCHEMA other.s");
    await session.drop("schema", "s");
    await session.drop("schema", 'datafusion."my s"', { ifExists: true });
    await session.drop("schema", "other.s");
    await session.drop("catalog", "other");
    expect(await schemas()).toEqual(first);
    expect(dropped()).toEqual(["schema s", 'schema datafusion."my s"', "schema other.s", "catalog other"]);
  });

  it("takes tables and views of other catalogs away", async () => {
    await run("CREATE DATABASE other", "CREATE SCHEMA other.s", "CREATE TABLE other.s.t AS SELECT 1 AS n");
    await run("CREATE VIEW other.s.v AS SELECT 2 AS n");
    await session.drop("view", "other.s.t", { ifExists: true });
    await session.drop("table", "other.s.t");
    await session.drop("view", "other.s.v");
    await session.drop("table", "gone.s.t", { ifExists: true });
    await expect(session.drop("table", "other.gone.t")).rejects.toMatchObject(code("SESSION.OBJECT_NOT_FOUND"));
    expect(dropped()).toEqual(["table other.s.t", "view other.s.v"]);
  });

  it("says what is missing, and passes over it when that is fine", async () => {
    for (const [kind, name] of [
      ["schema", "gone"],
      ["schema", "other.gone"],
      ["catalog", "gone"],
    ] as const) {
      await session.drop(kind, name, { ifExists: true });
      await expect(session.drop(kind, name), name).rejects.toMatchObject(code("SESSION.OBJECT_NOT_FOUND"));
    }
    await expect(session.drop("catalog", "a.b")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    await expect(session.drop("schema", "a.b.c")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    expect(dropped()).toEqual([]);
  });

  it("names what is inside, and takes nothing away", async () => {
    await run("CREATE DATABASE other", "CREATE SCHEMA other.s", "CREATE TABLE other.s.t AS SELECT 1 AS n");
    await run("CREATE VIEW other.s.v AS SELECT 2 AS n");
    await expect(session.drop("schema", "other.s")).rejects.toMatchObject({
      code: "SESSION.OBJECT_NOT_EMPTY",
      message: expect.stringMatching(/holds t, v\. Drop them first, or use DROP SCHEMA … CASCADE\./),
      details: { kind: "schema", name: "other.s", contents: ["t", "v"] },
    });
    await expect(session.execute("DROP SCHEMA other.s")).rejects.toMatchObject(
      code("SESSION.OBJECT_NOT_EMPTY", { name: "other.s", contents: ["t", "v"] }),
    );
    await expect(session.drop("catalog", "other")).rejects.toMatchObject(
      code("SESSION.OBJECT_NOT_EMPTY", { kind: "catalog", name: "other", contents: ["s"] }),
    );
    expect(await session.table("other.s.t").rows({ values: "plain" })).toEqual([{ n: 1 }]);
  });

  it("keeps what the session makes its tables and views in", async () => {
    const required = (kind: string, name: string): object => code("SESSION.OBJECT_REQUIRED", { kind, name });
    for (const name of ["public", "views", "datafusion.public"]) {
      await expect(session.drop("schema", name), name).rejects.toMatchObject(required("schema", name));
      await expect(session.execute(`DROP SCHEMA IF EXISTS ${name} CASCADE`), name).rejects.toMatchObject(
        required("schema", name),
      );
    }
    await expect(session.drop("catalog", "datafusion")).rejects.toMatchObject(required("catalog", "datafusion"));
    await run("CREATE DATABASE other", "CREATE SCHEMA other.s");
    await run("SET datafusion.catalog.default_catalog = 'other'", "SET datafusion.catalog.default_schema = 's'");
    await expect(session.execute("DROP SCHEMA s")).rejects.toMatchObject(required("schema", "s"));
    await expect(session.drop("catalog", "other")).rejects.toMatchObject(required("catalog", "other"));
    await session.execute("CREATE TABLE t AS SELECT 1 AS n");
  });
});

describe("SQL", () => {
  it("makes and drops schemas and catalogs, by names as they are written", async () => {
    await run('CREATE SCHEMA "a.b"', 'CREATE DATABASE "c.d"', 'CREATE SCHEMA "c.d"."e f"', "CREATE SCHEMA Upper");
    expect(await schemas()).toEqual({ datafusion: ["a.b", "public", "upper", "views"], "c.d": ["e f"] });
    await run('CREATE TABLE "a.b".t AS SELECT 1 AS n', 'CREATE TABLE "c.d"."e f".t AS SELECT 2 AS n');
    expect(await session.sql('SELECT n FROM "c.d"."e f".t').rows({ values: "plain" })).toEqual([{ n: 2 }]);
    await run('DROP SCHEMA "a.b" CASCADE', 'DROP SCHEMA "c.d"."e f" CASCADE', "DROP SCHEMA IF EXISTS gone");
    await run("DROP SCHEMA UPPER", "DROP SCHEMA IF EXISTS gone.s", "CREATE SCHEMA IF NOT EXISTS public");
    expect(await schemas()).toEqual({ ...first, "c.d": [] });
    expect(dropped()).toEqual([
      'table "a.b".t',
      'schema "a.b"',
      'table "c.d".e f.t',
      'schema "c.d".e f',
      "schema upper",
    ]);
  });

  it("says in codes what exists and what is missing", async () => {
    await run("CREATE SCHEMA s", "CREATE TABLE t AS SELECT 1 AS n", "CREATE VIEW v AS SELECT 1 AS n");
    for (const [sql, details] of [
      ["CREATE SCHEMA s", { kind: "schema", name: "s" }],
      ["CREATE SCHEMA datafusion.s", { kind: "schema", name: "datafusion.s" }],
      ["CREATE DATABASE datafusion", { kind: "catalog", name: "datafusion" }],
    ] as const) {
      await expect(session.execute(sql), sql).rejects.toMatchObject(code("SESSION.OBJECT_EXISTS", details));
    }
    for (const [sql, details] of [
      ["CREATE SCHEMA gone.s", { kind: "catalog", name: "gone" }],
      ["DROP SCHEMA gone", { kind: "schema", name: "gone" }],
      ["DROP SCHEMA gone.s", { kind: "catalog", name: "gone" }],
      ["DROP TABLE gone", { kind: "table", name: "gone" }],
      ["DROP TABLE v", { kind: "table", name: "v" }],
      ["DROP VIEW t", { kind: "view", name: "t" }],
      ["DROP VIEW gone.v", { kind: "schema", name: "gone" }],
    ] as const) {
      await expect(session.execute(sql), sql).rejects.toMatchObject(code("SESSION.OBJECT_NOT_FOUND", details));
    }
    await run("DROP TABLE IF EXISTS gone.t", "DROP TABLE IF EXISTS v", "DROP VIEW IF EXISTS t");
    for (const [sql, use] of [
      ["DROP DATABASE datafusion", 'drop("catalog", name)'],
      ["CREATE SCHEMA s AUTHORIZATION me", "CREATE SCHEMA and a name"],
    ] as const) {
      await expect(session.execute(sql), sql).rejects.toMatchObject(
        code("SQL.STATEMENT_UNSUPPORTED", { use: expect.stringContaining(use) }),
      );
    }
    expect(dropped()).toEqual([]);
  });

  it("says what is changed", async () => {
    for (const [sql, verb, name] of [
      ["CREATE SCHEMA IF NOT EXISTS c.S", "CREATE SCHEMA", "c.s"],
      ['CREATE DATABASE "a.b"', "CREATE DATABASE", '"a.b"'],
      ['DROP SCHEMA c."S" CASCADE', "DROP SCHEMA", "c.S"],
      ["DROP DATABASE c", "DROP DATABASE", "c"],
    ] as const) {
      const [statement] = await classifySql(sql);
      expect(statement).toMatchObject({ kind: "ddl", verb, writes: [name], reads: [] });
    }
  });

  it("asks before a schema is dropped, about it and what is in it", async () => {
    await run("CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 1 AS n", "CREATE VIEW s.v AS SELECT 1 AS n");
    const asked: string[] = [];
    session.hooks.intercept("beforeRegister", ({ action, object, name }) => {
      asked.push(`${action} ${object} ${name}`);
      return name === "s.v" ? veto("it stays") : undefined;
    });
    await expect(session.execute("DROP SCHEMA s CASCADE")).rejects.toMatchObject({ code: "HOOKS.VETOED" });
    expect(asked).toEqual(["drop schema s", "drop table s.t", "drop view s.v"]);
    expect(await session.table("s.t").rows({ values: "plain" })).toEqual([{ n: 1 }]);
    await run("CREATE DATABASE c");
    await session.drop("catalog", "c");
    expect(asked.at(-1)).toBe("drop catalog c");
  });
});

it("leaves no schema or catalog of a lease behind, and brings back what a lease has dropped", async () => {
  const statements = ["CREATE DATABASE kept", "CREATE SCHEMA kept.s", "CREATE TABLE kept.s.t AS SELECT 1 AS n"];
  const tables = {
    id: "tables",
    version: 1,
    contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs" as const, spec: null }] }),
    install: async (opened: Session) => {
      for (const statement of statements) await opened.execute(statement);
      await opened.execute("CREATE SCHEMA empty");
    },
  };
  await using pool = await openSessionPool(profile, { size: 1, extensions: [tables], hooks: recordingHooks() });
  const lease = await pool.acquire();
  const { session: lent } = lease;
  const before = await lent.inspect();
  await lent.execute("CREATE DATABASE mine");
  await lent.execute("CREATE SCHEMA mine.s");
  await lent.execute("CREATE TABLE mine.s.t AS SELECT 1 AS n");
  await lent.execute("CREATE SCHEMA s");
  await lent.drop("schema", "empty");
  await lent.execute("DROP SCHEMA kept.s CASCADE");
  await lent.drop("catalog", "kept");
  await lent.execute("CREATE DATABASE kept");
  expect(await schemas(lent)).toEqual({ datafusion: ["public", "s", "views"], mine: ["s"], kept: [] });
  await lease.close();
  await using next = await pool.acquire();
  expect(next.session.id).toBe(lent.id);
  expect({ ...(await next.session.inspect()), epoch: 0 }).toEqual({ ...before, epoch: 0 });
  expect(await next.session.table("kept.s.t").rows({ values: "plain" })).toEqual([{ n: 1 }]);
});
