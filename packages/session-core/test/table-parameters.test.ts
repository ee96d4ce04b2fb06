import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { col } from "../src/expression.ts";
import { encodeIpc } from "../src/ipc.ts";
import { openNativeSource } from "../src/native-source.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { openSession, type Session } from "../src/session.ts";
import { sql } from "../src/sql.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }), { hooks });
});
afterEach(() => session.close());

const plain = { values: "plain" } as const;

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

const three = tableFromArrays({ n: Int32Array.from([1, 2, 3]) });

async function* batches(count = 3): AsyncGenerator<RecordBatch> {
  for (let index = 0; index < count; index++) {
    const [batch] = tableFromArrays({ n: Int32Array.from([index * 2, index * 2 + 1]) }).batches;
    if (batch !== undefined) yield batch;
  }
}

const total = "SELECT sum(n) AS total FROM numbers_in";

describe("a table parameter", () => {
  it("is a frame, Arrow data, rows or an iterable of batches", async () => {
    const frame = session.sql("SELECT value AS n FROM range(1, 4)").filter(col("n").gt(0));
    const forms = [frame, session.fromRows([{ n: 6 }]), three, three.batches, encodeIpc(three), [{ n: 2 }, { n: 4 }]];
    for (const numbers_in of forms) {
      expect(await session.sql(total, { tables: { numbers_in } }).rows(plain)).toEqual([{ total: 6 }]);
    }
    expect(await session.sql(total, { tables: { numbers_in: batches() } }).rows(plain)).toEqual([{ total: 15 }]);
    const stream = await session.sql("SELECT value AS n FROM range(0, 4)").stream();
    expect(await session.sql(total, { tables: { numbers_in: stream } }).rows(plain)).toEqual([{ total: 6 }]);
    expect(hooks.of("plan.compiled").at(-1)?.cacheResult).toBeNull();
  });

  it("goes with scalars, with other tables and with execute", async () => {
    const text = "SELECT a.n, b.name FROM a JOIN b ON a.n = b.n WHERE a.n > $least ORDER BY a.n";
    const tables = { a: three, b: [2, 3, 4].map((n) => ({ n, name: `row ${n}` })) };
    const options = { parameters: { least: 2 }, tables };
    expect(await session.sql(text, options).rows(plain)).toEqual([{ n: 3, name: "row 3" }]);
    expect((await session.execute(text, options)).table?.numRows).toBe(1);
    await session.execute("CREATE TABLE copied AS SELECT * FROM a", { tables: { a: three } });
    expect(await session.table("copied").count()).toBe(3);
    const source = await openNativeSource(session, session.sql("SELECT * FROM a", { tables: { a: batches() } }));
    expect([source.rereadable, source.fields.map(({ name }) => name)]).toEqual([false, ["n"]]);
    await source.read(() => Promise.resolve());
  });

  it("wins over the catalog for its call only, and a CTE wins over it", async () => {
    await session.execute("CREATE TABLE numbers_in AS VALUES (100)");
    await session.execute("CREATE VIEW seen AS SELECT column1 AS n FROM numbers_in");
    const tables = { numbers_in: three };
    expect(await session.sql(total, { tables }).scalar()).toBe(6n);
    expect(await session.table("numbers_in").rows(plain)).toEqual([{ column1: 100 }]);
    const scoped = "WITH numbers_in AS (SELECT 50 AS n) SELECT sum(n) AS total FROM numbers_in";
    expect(await session.sql(scoped, { tables }).scalar()).toBe(50n);
    const inner = "WITH numbers_in AS (SELECT n * 10 AS n FROM numbers_in) SELECT sum(n) AS total FROM numbers_in";
    expect(await session.sql(inner, { tables }).scalar()).toBe(60n);
    const both = "SELECT (SELECT sum(n) FROM seen) AS seen, (SELECT sum(n) FROM numbers_in) AS given";
    expect(await session.sql(both, { tables }).rows(plain)).toEqual([{ seen: 100, given: 6 }]);
    const mixed = "SELECT * FROM numbers_in JOIN public.numbers_in AS other ON true";
    await expect(session.sql(mixed, { tables }).rows()).rejects.toEqual(code("SQL.PLAN_ERROR"));
    const names = (await session.inspect()).catalogs.flatMap(({ schemas }) => schemas.flatMap((one) => one.tables));
    expect(names.map(({ name }) => name).filter((name) => name.includes("_in"))).toEqual(["numbers_in"]);
  });

  it("is another one in each of many calls at once", async () => {
    const of = async (n: number): Promise<unknown> => {
      const numbers_in = [{ n }, { n: n * 1000 }];
      return session.sql(total, { tables: { numbers_in } }).scalar();
    };
    const totals = await Promise.all(Array.from({ length: 40 }, (_, n) => of(n)));
    expect(totals).toEqual(Array.from({ length: 40 }, (_, n) => BigInt(n * 1001)));
  });

  it("lives as long as the streams that read it", async () => {
    const open = async (): Promise<AsyncIterable<{ readonly n: bigint }>> => {
      const rows = Array.from({ length: 5000 }, (_, n) => ({ n, text: "x".repeat(100) }));
      const frame = session.sql("SELECT a.n FROM a JOIN a AS b ON a.n = b.n", { tables: { a: rows } });
      return (await frame.stream()).rows<{ readonly n: bigint }>();
    };
    const rows = await open();
    await session.sql("SELECT 1").rows();
    let sum = 0n;
    for await (const { n } of rows) sum += n;
    expect(sum).toBe(12_497_500n);
  });

  it("can be read once when it is an iterable", async () => {
    const frame = session.sql(total, { tables: { numbers_in: batches() } });
    expect(await frame.scalar()).toBe(15n);
    const consumed = code("SQL.TABLE_PARAMETER_CONSUMED", { parameter: "numbers_in" });
    await expect(frame.rows()).rejects.toEqual(consumed);
    const twice = "SELECT count(*) FROM numbers_in a JOIN numbers_in b ON a.n = b.n";
    await expect(session.sql(twice, { tables: { numbers_in: batches() } }).rows()).rejects.toEqual(consumed);
    const once = session.sql("SELECT * FROM numbers_in", { tables: { numbers_in: batches() } });
    await expect(session.createView("v", once)).rejects.toEqual(code("SQL.TABLE_PARAMETER_CONSUMED"));
    const none = session.sql(total, { tables: { numbers_in: batches(0) } });
    await expect(none.rows()).rejects.toEqual(code("ROWS.TYPE_UNSUPPORTED"));
  });

  it("ends its iterable with the query, and fails with the failure of the iterable", async () => {
    let ended = 0;
    async function* endless(): AsyncGenerator<RecordBatch> {
      try {
        for (;;) yield* batches(1);
      } finally {
        ended += 1;
      }
    }
    const tables = { numbers_in: endless() };
    expect(await session.sql("SELECT n FROM numbers_in LIMIT 3", { tables }).count()).toBe(3);
    expect(ended).toBe(1);
    const broken = new Error("no more");
    async function* failing(): AsyncGenerator<RecordBatch> {
      yield* batches(2);
      throw broken;
    }
    const failed = session.sql(total, { tables: { numbers_in: failing() } }).rows();
    await expect(failed).rejects.toMatchObject({ code: "NATIVE.SOURCE_FAILED", cause: broken });
    expect(hooks.names().at(-1)).toBe("query.failed");
    await expect(session.sql("SELECT nothing FROM a", { tables: { a: endless() } }).rows()).rejects.toEqual(
      code("SQL.PLAN_ERROR"),
    );
    expect(ended).toBe(2);
    const prepared = await session.prepare("SELECT n FROM a", { tables: { a: endless() } });
    await prepared.close();
    expect(ended).toBe(3);
  });

  it("is refused under a wrong name, when it is not read, and when it is of another session", async () => {
    expect(() => session.sql("SELECT 1", { tables: { "a b": three } })).toThrow(code("SQL.PARAMETER_NAME"));
    const both = { parameters: { a: 1 }, tables: { a: three } };
    expect(() => session.sql("SELECT $a FROM a", both)).toThrow(code("SQL.PARAMETER_NAME", { parameter: "a" }));
    const unused = code("SQL.PARAMETER_UNUSED", { names: ["a"] });
    await expect(session.sql("SELECT 1", { tables: { a: three } }).rows()).rejects.toEqual(unused);
    await using other = await openSession(parseProfile({ preset: "test" }));
    const foreign = { tables: { a: other.sql("SELECT 1 AS n") } };
    expect(() => session.sql("SELECT * FROM a", foreign)).toThrow(code("FRAME.FOREIGN_SESSION"));
    const view = session.execute("CREATE VIEW v AS SELECT * FROM a", { tables: { a: three } });
    await expect(view).rejects.toEqual(code("SQL.STATEMENT_UNSUPPORTED", { statement: "CREATE VIEW" }));
    await expect(session.execute("DROP TABLE a", { tables: { a: three } })).rejects.toEqual(
      code("SQL.STATEMENT_UNSUPPORTED"),
    );
  });

  it("gives the rows of a change of a table in memory", async () => {
    await session.execute("CREATE TABLE kept AS SELECT 1 AS n, 'one' AS name");
    const tables = {
      given: [
        { n: 1, name: "uno" },
        { n: 2, name: "due" },
      ],
    };
    const affected = async (change: string) => (await session.execute(change, { tables })).rowsAffected;
    const merge =
      "WHEN MATCHED THEN UPDATE SET name = given.name WHEN NOT MATCHED THEN INSERT (n, name) VALUES (given.n, given.name)";
    expect(await affected(`MERGE INTO kept USING given ON kept.n = given.n ${merge}`)).toBe(2);
    expect(await affected("INSERT INTO kept SELECT n + 10, name FROM given")).toBe(2);
    expect(await affected("UPDATE kept SET name = given.name || '!' FROM given WHERE kept.n = given.n")).toBe(2);
    expect(await affected("DELETE FROM kept WHERE n NOT IN (SELECT n FROM given)")).toBe(2);
    const rows = await session.sql("SELECT name FROM kept ORDER BY n").rows();
    expect(rows).toEqual([{ name: "uno!" }, { name: "due!" }]);
    const target = session.execute("INSERT INTO given SELECT * FROM given", { tables });
    await expect(target).rejects.toEqual(code("SQL.STATEMENT_UNSUPPORTED", { statement: "INSERT" }));
  });

  it("stands under the policy of the call and that of its frame", async () => {
    const deny = { functions: { allow: null, deny: ["abs"] } };
    const refused = code("SQL.POLICY_VIOLATION", { violation: "function" });
    const used = session.sql("SELECT abs(-1) AS n");
    await expect(session.sql(total, { tables: { numbers_in: used }, policy: deny }).rows()).rejects.toEqual(refused);
    const narrow = session.sql("SELECT 1 AS n", { policy: deny });
    const widened = session.sql("SELECT abs(n) FROM numbers_in", { tables: { numbers_in: narrow } });
    await expect(widened.rows()).rejects.toEqual(refused);
    const named = { tables: { a: three }, policy: { parameterNames: ["b"] } };
    await expect(session.sql("SELECT * FROM a", named).rows()).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "parameter_name", object: "a" }),
    );
  });

  it("is told apart in plans", async () => {
    const artifact = await session.sql("SELECT n FROM a WHERE n > 1", { tables: { a: three } }).artifact();
    expect(artifact.p0.text).toContain("TableScan: <param:a> [n:Int32]");
    expect(artifact.tables).toMatchObject([{ name: "a", kind: "memory" }]);
    const digest = async (n: number): Promise<string> =>
      (await session.sql("SELECT n FROM a", { tables: { a: [{ n }] } }).artifact()).p1.digest;
    expect(await digest(1)).toBe(await digest(2));
  });

  it("keeps nothing over 200 calls", async () => {
    const handles = async (): Promise<readonly unknown[]> => {
      const { handles: open } = await runtimeStats();
      return [open["stream"], open["sink"]];
    };
    const one = async (n: number): Promise<void> => {
      expect(await session.sql(total, { tables: { numbers_in: [{ n }] } }).scalar()).toBe(BigInt(n));
      expect(await session.sql(total, { tables: { numbers_in: batches(1) } }).scalar()).toBe(1n);
    };
    await one(0);
    const before = await handles();
    for (let n = 0; n < 200; n += 10) await Promise.all(Array.from({ length: 10 }, (_, index) => one(n + index)));
    expect(await handles()).toEqual(before);
  }, 300_000);
});

describe("a table in the tag", () => {
  it("is one that only the statement sees", async () => {
    const given = session.sql("SELECT value AS n FROM range(0, 5)");
    const query = sql`SELECT a.n, b.n AS m FROM ${given} AS a JOIN ${three} AS b ON a.n = b.n WHERE a.n < ${3} ORDER BY 1`;
    expect(query.text).toBe(
      'SELECT a.n, b.n AS m FROM "$1" AS a JOIN "$2" AS b ON a.n = b.n WHERE a.n < $1 ORDER BY 1',
    );
    expect([query.parameters, query.tables]).toEqual([[3], { $1: given, $2: three }]);
    expect(await session.sql(query).rows(plain)).toEqual([
      { n: 1, m: 1 },
      { n: 2, m: 2 },
    ]);
  });

  it("has one name however often it is used, and is numbered anew in a query around", async () => {
    const inner = sql`SELECT n FROM ${three}`;
    const outer = sql`SELECT count(*) AS c FROM (${inner}) AS x JOIN ${three} AS y ON x.n = y.n, (${inner}) AS z`;
    expect(outer.text).toContain('FROM "$1") AS x JOIN "$1" AS y');
    expect(await session.sql(outer, { policy: { parameterNames: [] } }).scalar()).toBe(9n);
    expect(
      await session.sql(sql`${inner} UNION ALL SELECT n FROM more`, { tables: { more: [{ n: 4 }] } }).count(),
    ).toBe(4);
  });
});

describe("a prepared statement with tables", () => {
  it("runs with those it was prepared with, or with others", async () => {
    const text = "SELECT sum(n) AS total FROM numbers_in WHERE n > $1";
    await using above = await session.prepare(text, { tables: { numbers_in: three } });
    expect(above.parameters).toEqual([{ name: "1", type: "int32" }]);
    expect(await above.bind([1]).scalar()).toBe(5n);
    const tables = { numbers_in: tableFromArrays({ n: Int32Array.from([10, 20]) }) };
    expect(await above.bind([10], { tables }).scalar()).toBe(20n);
    expect(await above.bind([2]).scalar()).toBe(3n);
    await session.execute("SET datafusion.execution.batch_size = 100");
    expect(await above.bind([2]).scalar()).toBe(3n);
    expect(await above.bind([0], { tables: { numbers_in: batches(2) } }).scalar()).toBe(6n);
    using _rule = hooks.intercept("beforeSql", () => undefined);
    expect(await above.bind([15], { tables }).scalar()).toBe(20n);
    await expect(above.bind([0], { tables: { other: three } }).rows()).rejects.toEqual(
      code("SQL.PARAMETER_UNUSED", { names: ["other"] }),
    );
  });

  it("runs many times at once with tables of their own", async () => {
    await using of = await session.prepare(total, { tables: { numbers_in: [{ n: 0 }] } });
    const run = (n: number): Promise<unknown> => of.bind([], { tables: { numbers_in: [{ n }] } }).scalar();
    expect(await Promise.all([1, 2, 3, 4].map(run))).toEqual([1n, 2n, 3n, 4n]);
  });
});
