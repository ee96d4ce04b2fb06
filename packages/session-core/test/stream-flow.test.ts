import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ColumnBatch } from "../src/column-batch.ts";
import { openSession, type Session } from "../src/session.ts";

const hooks = recordingHooks();
let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", execution: { batchSize: 1024 } }), { hooks });
});
afterAll(() => session.close());

/** A source that counts what is taken of it. */
interface Counted {
  readonly batches: AsyncIterable<RecordBatch>;
  readonly taken: () => number;
  readonly isEnded: () => boolean;
}

/** @param before - Is awaited before the batch of that number is given. */
function counted(total: number, before: (index: number) => void | Promise<void> = () => undefined): Counted {
  const [batch] = tableFromArrays({ n: BigInt64Array.from({ length: 1024 }, (_, n) => BigInt(n)) }).batches;
  let taken = 0;
  let ended = false;
  async function* give(): AsyncGenerator<RecordBatch> {
    try {
      if (batch === undefined) return;
      for (let index = 0; index < total; index += 1) {
        await before(index);
        taken += 1;
        yield batch;
      }
    } finally {
      ended = true;
    }
  }
  return { batches: give(), taken: () => taken, isEnded: () => ended };
}

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => void (left === 0 ? resolve() : setTimeout(next, 1, left - 1));
    next(count);
  });
}

/** Resolves when nothing is taken any more. */
async function resting({ taken }: Counted): Promise<number> {
  for (let before = -1; before !== taken(); await turns(100)) before = taken();
  return taken();
}

describe("a stream", () => {
  it("gives its first batch before its source has made the last", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const source = counted(6, (index) => (index < 5 ? undefined : gate));
    const stream = await session.sql("SELECT n FROM src WHERE n >= 0", { tables: { src: source.batches } }).stream();
    let rows = 0;
    for await (const batch of stream.columns()) {
      if (rows === 0) expect(source.taken()).toBeLessThan(6);
      open();
      rows += batch.rows;
    }
    expect([rows, source.taken(), source.isEnded()]).toEqual([6 * 1024, 6, true]);
  });

  it("takes no more of its source than it needs while nobody reads", async () => {
    const source = counted(400);
    const stream = await session.sql("SELECT n FROM src WHERE n >= 0", { tables: { src: source.batches } }).stream();
    let rows = 0;
    for await (const batch of stream.columns()) {
      if (rows === 0) expect(await resting(source)).toBeLessThan(100);
      rows += batch.rows;
    }
    expect([rows, source.taken()]).toEqual([400 * 1024, 400]);
  });

  it("that fails after some batches rejects the next pull and leaves those that were delivered", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const broken = new Error("no more");
    const source = counted(6, async (index) => {
      if (index < 5) return;
      await gate;
      throw broken;
    });
    const stream = await session.sql("SELECT n FROM src WHERE n >= 0", { tables: { src: source.batches } }).stream();
    const delivered: ColumnBatch[] = [];
    const read = async (): Promise<void> => {
      for await (const batch of stream.columns()) {
        delivered.push(batch);
        open();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "NATIVE.SOURCE_FAILED", cause: broken });
    const values = delivered.flatMap(({ columns: [n] }) => [...(n?.values ?? [])]);
    expect(values.length).toBeGreaterThan(0);
    expect(values).toEqual(values.map((_, row) => BigInt(row % 1024)));
    const ends = hooks
      .queryEvents(stream.queryId)
      .filter(({ event }) => /^query\.(finished|failed|cancelled)$/.test(event));
    expect(ends.map(({ event }) => event)).toEqual(["query.failed"]);
  });

  it.each([
    ["a join", "SELECT a.n FROM src a JOIN range(9) b ON a.n = b.value"],
    ["a sort", "SELECT n FROM src ORDER BY n DESC"],
    ["an aggregation", "SELECT n, count(*) AS c FROM src GROUP BY n"],
  ])("stops its source inside %s when it is aborted", async (_what, sql) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const source = counted(Number.POSITIVE_INFINITY, (index) => {
      if (index === 20) controller.abort(reason);
    });
    const query = session.sql(sql, { tables: { src: source.batches } }).drain({ signal: controller.signal });
    await expect(query).rejects.toBe(reason);
    expect(source.isEnded()).toBe(true);
    expect(hooks.names().at(-1)).toBe("query.cancelled");
  });
});

describe("a result without rows", () => {
  const nothing = { schema: [{ name: "n", type: { type: "int64" }, nullable: true }] } as const;

  it.each([
    ["of a table in memory", () => session.fromRows([], nothing)],
    ["of partitions that have none", () => session.fromRows([], nothing).repartition({ roundRobin: 3 })],
    ["of a filter", () => session.sql("SELECT value AS n FROM range(9) WHERE value > 9")],
    ["of a limit", () => session.sql("SELECT value AS n FROM range(9) LIMIT 0")],
    ["of a plan that the engine empties", () => session.sql("SELECT value AS n FROM range(9) WHERE false")],
  ])("%s has its columns however it is taken", async (_what, make) => {
    const frame = make();
    expect(await frame.rows()).toEqual([]);
    expect([await frame.count(), await frame.first(), await frame.drain()]).toEqual([0, null, 0]);
    expect((await frame.collect()).schema.fields.map(({ name }) => name)).toEqual(["n"]);
    for (const stream of await frame.streamPartitions()) {
      expect(stream.fields.map(({ name }) => name)).toEqual(["n"]);
      for await (const batch of stream.columns()) expect(batch.rows).toBe(0);
    }
    expect((await frame.profile()).rows).toBe(0);
    expect(hooks.names().at(-1)).toBe("query.finished");
  });
});

describe("what only plans", () => {
  it("takes nothing of a source but its columns", async () => {
    const source = counted(50);
    const frame = session.sql("SELECT n FROM src WHERE n > 3", { tables: { src: source.batches } });
    await frame.schema();
    await frame.artifact({ stages: ["p2"], sql: true, explain: true, lineage: true, substrait: true, proto: true });
    await frame.explain();
    await frame.explain({ format: "nodes" });
    await frame.optimizerTrace();
    await frame.pushdown();
    await frame.lineage();
    await frame.toSql();
    expect(source.taken()).toBeLessThanOrEqual(1);
    expect(await frame.count()).toBe(50 * 1020);
    expect(source.taken()).toBe(50);
  });

  it("takes nothing twice when everything is told of a query", async () => {
    const source = counted(50);
    const diagnostics = { capture: { explain: true, optimizerTrace: "all" }, slowQuery: 0, batchSample: 1 } as const;
    const sql = "SELECT n FROM src WHERE n > 3";
    expect(await session.sql(sql, { tables: { src: source.batches }, diagnostics }).drain()).toBe(50 * 1020);
    expect(source.taken()).toBe(50);
  });
});

it("rules of the engine still do their work: types are reconciled, joins are spread over partitions", async () => {
  const profile = parseProfile({ preset: "test", execution: { targetPartitions: 4 } });
  await using wide = await openSession(profile);
  const joined = wide.sql(
    `SELECT count(*) AS n, sum(a.value + 1) AS total
     FROM range(4000) a JOIN (SELECT CAST(value AS INT) AS id FROM range(4000)) b ON a.value = b.id WHERE a.value > 9.5`,
  );
  expect(await joined.rows({ values: "plain" })).toEqual([{ n: 3990, total: (10 + 3999) * 1995 + 3990 }]);
  expect(await joined.explain()).toContain("RepartitionExec");
  const { analyzer } = await wide.rules();
  expect(analyzer.map(({ name }) => name)).toContain("type_coercion");
});
