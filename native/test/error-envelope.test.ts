import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classifySql, configureRuntime, createSession, NativeProvider } from "../binding.js";
import type { NativeFrame, NativeSession } from "../binding.js";
import { type Envelope, executed, failureOf, handleOf, openSession, planned, request } from "./native-call.ts";

const source = { $handle: 0 };
const fields = [
  { name: "a", type: { type: "int64" }, nullable: true },
  { name: "b", type: { type: "int64" }, nullable: true },
];
const listing = { kind: "listing", format: "parquet", hive: false };

let folder = "";
let session: NativeSession;
let frame: NativeFrame;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-errors-"));
  session = await openSession();
  frame = await planned(session, "SELECT 1 AS alpha");
  await writeFile(join(folder, "broken.parquet"), "PAR1 and then nothing that a Parquet file has");
  await writeFile(join(folder, "footer.parquet"), "PAR1 and then a footer longer than the file PAR1");
  await writeFile(join(folder, "text.csv"), "a,b\n1,2\nx,3\n");
});

afterAll(async () => {
  session.close();
  await rm(folder, { recursive: true, force: true });
});

async function csvTable(): Promise<void> {
  const location = join(folder, "text.csv");
  const reply = await session.prepareTable(request({ ...listing, format: "csv", location, schema: fields }), {});
  const put = { op: "put", name: ["text"], provider: source, replace: true };
  await session.catalogApply(request({ ops: [put] }), { handles: [handleOf(reply, NativeProvider)] });
}

async function registered(callback: () => unknown): Promise<void> {
  const types = { arguments: [{ name: "a", type: "int64" }], returns: "int64" };
  const rest = { version: "0", volatility: "volatile", nulls: "strict", batchSize: 8192, timeoutMs: 0, replace: true };
  await session.registerFunction(request({ name: "f", ...types, ...rest }), { callback });
}

async function operation(...ops: readonly object[]): Promise<unknown> {
  const first = { op: "limit", limit: 1, offset: 0 };
  return session.applyOps(request({ source, ops: [first, ...ops] }), { handles: [frame] });
}

function two(name: string): { readonly op: string; readonly values: readonly object[] } {
  return { op: "withColumns", values: [{ name, value: { e: "lit", type: "int64", value: "2" } }] };
}

type Case = readonly [name: string, code: string, details: object, run: () => Promise<unknown>];

const cases: readonly Case[] = [
  ["SQL text", "SQL.PARSE_ERROR", { line: 2, column: 1 }, () => planned(session, "SELECT (1\nFROM x")],
  ["SQL text that ends early", "SQL.PARSE_ERROR", { line: 2, column: 4 }, () => planned(session, "SELECT 1\n  + ")],
  [
    "a column of SQL",
    "SQL.PLAN_ERROR",
    { candidates: ["alpha"] },
    () => planned(session, "SELECT alfa FROM (SELECT 1 AS alpha)"),
  ],
  ["a table of SQL", "SQL.PLAN_ERROR", { table: "nowhere" }, () => planned(session, "SELECT * FROM nowhere")],
  [
    "a column of a frame",
    "FRAME.UNKNOWN_COLUMN",
    { column: "alfa", step: 1, candidates: ["alpha"] },
    () => operation({ op: "filter", predicate: { e: "col", name: "alfa" } }),
  ],
  [
    "two columns of one name",
    "FRAME.DUPLICATE_COLUMN",
    { column: "alpha", step: 1 },
    () =>
      operation({
        op: "select",
        values: [1, 2].map((value) => ({
          e: "alias",
          arg: { e: "lit", type: "int64", value: String(value) },
          name: "alpha",
        })),
      }),
  ],
  [
    "a column renamed to another",
    "FRAME.DUPLICATE_COLUMN",
    { column: "alpha", step: 2 },
    () => operation(two("beta"), { op: "rename", columns: { beta: "alpha" } }),
  ],
  [
    "two new columns of one name",
    "FRAME.DUPLICATE_COLUMN",
    { column: "beta", step: 1 },
    () => operation({ op: "withColumns", values: [...two("beta").values, ...two("beta").values] }),
  ],
  [
    "types of a frame",
    "FRAME.TYPE_MISMATCH",
    { step: 1 },
    () => operation({ op: "filter", predicate: { e: "col", name: "alpha" } }),
  ],
  [
    "what the engine lacks",
    "ENGINE.NOT_IMPLEMENTED",
    {},
    () => planned(session, "SELECT * FROM (SELECT 1 AS a) PIVOT (sum(a) FOR a IN (1))"),
  ],
  ["what a row does", "ENGINE.EXECUTION", {}, () => executed(session, "SELECT 1 / (value - 5) FROM range(0, 10)")],
  [
    "a cast of a row",
    "ENGINE.CAST_FAILED",
    {},
    () => executed(session, "SELECT cast(concat('x', value) AS bigint) FROM range(0, 10)"),
  ],
  [
    "a value of a CSV file",
    "ENGINE.CAST_FAILED",
    { row: 2 },
    async () => {
      await csvTable();
      await executed(session, "SELECT * FROM text");
    },
  ],
  [
    "a file that is no Parquet",
    "ENGINE.PARQUET",
    { path: expect.stringContaining("broken.parquet") },
    () => session.prepareTable(request({ ...listing, location: join(folder, "broken.parquet") }), {}),
  ],
  [
    "a footer longer than its file",
    "ENGINE.PARQUET",
    { path: expect.stringContaining("footer.parquet") },
    () => session.prepareTable(request({ ...listing, location: join(folder, "footer.parquet") }), {}),
  ],
  [
    "a file that is missing",
    "STORE.NOT_FOUND",
    { path: expect.stringContaining("missing.parquet") },
    () => session.prepareTable(request({ ...listing, location: join(folder, "missing.parquet") }), {}),
  ],
  [
    "a table that exists",
    "SESSION.OBJECT_EXISTS",
    { kind: "table", name: "text" },
    async () => {
      await csvTable();
      const provider = await session.prepareTable(request({ kind: "memory", source }), { handles: [frame] });
      const put = { op: "put", name: ["text"], provider: source, replace: false };
      await session.catalogApply(request({ ops: [put] }), { handles: [handleOf(provider, NativeProvider)] });
    },
  ],
  [
    "a table that is missing",
    "SESSION.OBJECT_NOT_FOUND",
    { kind: "table", name: "nowhere" },
    () =>
      session.catalogApply(request({ ops: [{ op: "drop", kind: "table", name: ["nowhere"], ifExists: false }] }), {}),
  ],
  [
    "a folder that is no table",
    "DELTA.NOT_A_TABLE",
    { uri: expect.stringContaining(folder) },
    () => session.deltaOpen(request({ uri: folder }), {}),
  ],
  [
    "a function that threw",
    "UDF.CALLBACK_FAILED",
    { function: "f", kind: "scalar", rows: 10, argumentTypes: ["int64"] },
    async () => {
      await registered(() => {
        throw new Error("thrown on purpose");
      });
      await executed(session, "SELECT f(value) FROM range(0, 10)");
    },
  ],
  [
    "settings",
    "NATIVE.SETTINGS_REJECTED",
    {},
    () => createSession(request({ settings: [["datafusion.nothing", "1"]] }), {}),
  ],
  ["threads after the start", "NATIVE.RUNTIME_STARTED", {}, async () => configureRuntime(request())],
  [
    "a memory limit",
    "ENGINE.RESOURCES_EXHAUSTED",
    { pool: "greedy", limitBytes: 1_000_000, advice: expect.any(String) },
    async () => {
      const memory = { pool: "greedy", limitBytes: 1_000_000, topConsumers: 3 };
      const small = await openSession({ runtimeEnv: { memory, spill: { mode: "disabled" } } });
      try {
        await executed(small, "SELECT value % 300000 AS g, count(*) FROM range(0, 1000000) GROUP BY g");
      } finally {
        small.close();
      }
    },
  ],
];

describe("a failure of", () => {
  for (const [name, code, details, run] of cases) {
    it(`${name} is ${code}`, async () => {
      const failure = await failureOf(run);
      expect(failure).toEqual({
        deltafuse: 1,
        code,
        message: expect.stringMatching(/\S/),
        details: expect.objectContaining(details),
        causes: expect.any(Array),
      });
      expect(failure.causes.length).toBeLessThanOrEqual(8);
      for (const cause of failure.causes) expect(cause).toMatchObject({ message: expect.stringMatching(/\S/) });
    });
  }

  it("a dependency keeps what the dependency said as causes, outermost first", async () => {
    const { causes } = await failureOf(executed(session, "SELECT cast('x' AS int)"));
    expect(causes[0]?.message).toMatch(/Optimizer rule .* failed/);
    expect(causes[0]?.message).toMatch(/Cannot cast string 'x'/);
  });

  it("a file keeps the code of what lies below", async () => {
    const { causes } = await failureOf(
      session.prepareTable(request({ ...listing, location: join(folder, "broken.parquet") }), {}),
    );
    expect(causes).toEqual([{ code: "ENGINE.PARQUET", message: expect.stringContaining("footer") }]);
  });

  it("a memory limit names its largest consumers as they were, and what to do about them", async () => {
    const small = await openSession({
      settings: [["datafusion.execution.target_partitions", "1"]],
      runtimeEnv: { memory: { pool: "greedy", limitBytes: 8_000_000, topConsumers: 3 }, spill: { mode: "disabled" } },
    });
    const right = "SELECT value * 2 AS v, repeat('x', 20) AS t FROM range(0, 3000000)";
    const joined = `SELECT count(*) FROM range(0, 3000000) a JOIN (${right}) b ON a.value = b.v AND length(b.t) > a.value - 9`;
    const { details } = await failureOf(executed(small, joined));
    small.close();
    expect(details).toMatchObject({ pool: "greedy", limitBytes: 8_000_000, advice: expect.stringContaining("join") });
    const consumers: readonly { name: string; reservedBytes: number }[] = JSON.parse(
      JSON.stringify(details["consumers"]),
    );
    expect(consumers[0]?.name).toMatch(/^HashJoin/);
    expect(consumers[0]?.reservedBytes).toBeGreaterThan(4_000_000);
    const reserved = consumers.map((consumer) => consumer.reservedBytes);
    expect(reserved).toEqual(reserved.toSorted((one, other) => other - one));
  });
});

describe("a planted secret", () => {
  const secret = "hunter2";
  const urls = [
    `s3://user:${secret}@bucket/x.parquet?sig=${secret}`,
    `https://user:${secret}@host.example/x.parquet?sig=${secret}&v=${secret}`,
    `file:///nowhere/x.parquet?sig=${secret}`,
  ];

  const places: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
    "a table name in SQL": (url) => executed(session, `SELECT * FROM '${url}'`),
    "a quoted column": (url) => executed(session, `SELECT "${url}" FROM (SELECT 1 AS a)`),
    "a literal that is cast": (url) => executed(session, `SELECT cast('${url}' AS int)`),
    "a literal that is cast per row": (url) =>
      executed(session, `SELECT cast(concat('${url}', value) AS int) FROM range(0, 3)`),
    "a literal that is parsed": (url) => executed(session, `SELECT to_timestamp('${url}')`),
    "a regular expression": (url) => executed(session, `SELECT regexp_like('a', '(${url}')`),
    "text that does not parse": (url) => planned(session, `SELECT 1 AS a b '${url}'`),
    "text that is classified": (url) => classifySql(request({ sql: `SELECT 1 '${url}' '${url}' FROM` }), {}),
    "a statement of another kind": (url) =>
      planned(session, `CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '${url}'`, { allow: "any" }),
    "a COPY": (url) => planned(session, `COPY (SELECT 1) TO '${url}'`, { allow: "any" }),
    "the name of a table": (url) => session.applyOps(request({ source: { table: [url] }, ops: [] }), {}),
    "a location to read": (url) => session.prepareTable(request({ ...listing, location: url }), {}),
    "a location to probe": (url) => session.probeLocation(request({ location: url }), {}),
    "a location to write": (url) =>
      session.writeFiles(
        request({ source, location: url, format: "parquet", mode: "error", single: false, writeId: "w" }),
        { handles: [frame] },
      ),
    "a Delta table": (url) => session.deltaOpen(request({ uri: url.replace("file://", "ftp://") }), {}),
    "the value of a setting": (url) =>
      createSession(request({ settings: [["datafusion.execution.batch_size", url]] }), {}),
    "a choice": (url) => createSession(request({ runtimeEnv: { spill: { mode: url } } }), {}),
    "an unknown member": (url) => createSession(request({ [url]: 1 }), {}),
    "what a function throws": async (url) => {
      await registered(() => {
        throw new Error(`no access to ${url}`);
      });
      await executed(session, "SELECT f(value) FROM range(0, 3)");
    },
    "what a function answers": async (url) => {
      await registered(() => ({
        error: JSON.stringify({ code: "UDF.CALLBACK_FAILED", message: url, details: { nested: [{ url }] } }),
      }));
      await executed(session, "SELECT f(value) FROM range(0, 3)");
    },
  };

  for (const [place, run] of Object.entries(places)) {
    it(`in ${place} is in no message, detail or cause`, async () => {
      for (const url of urls) {
        const failure: Envelope = await failureOf(run(url));
        expect(JSON.stringify(failure)).not.toContain(secret);
      }
    });
  }
});
