import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { datasets, registerDataset, registerDatasets } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { testFolder, type TestFolder } from "./test-folder.ts";

let folder: TestFolder;
let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  folder = testFolder();
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test" }), { hooks });
});
afterEach(async () => {
  await session.close();
  folder[Symbol.dispose]();
});

const rows = { rows: [{ n: 1, kind: "a" }] };

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

describe("beforeRegister", () => {
  it("asks about datasets before their location is looked at", async () => {
    const asked = hooks.asked("beforeRegister");
    const location = folder.path("lost.csv");
    await expect(registerDataset(session, "lost", { uri: location, scan: { csv: { header: false } } })).rejects.toEqual(
      code("IO.NOT_READY"),
    );
    expect(asked).toEqual([
      {
        action: "register",
        object: "table",
        name: "lost",
        provider: "csv",
        location: pathToFileURL(location).href,
        options: { scan: { csv: { header: false } } },
        overwrite: false,
      },
    ]);
  });

  it("replaces how a dataset is read, and only that", async () => {
    const uri = folder.write("semicolons.csv", "a;b\n1;2\n");
    const rule = hooks.intercept("beforeRegister", () => ({
      replace: { options: { scan: { csv: { delimiter: ";" } } } },
    }));
    await registerDataset(session, "t", uri);
    expect(await session.table("t").rows()).toEqual([{ a: 1n, b: 2n }]);
    rule.unsubscribe();
    hooks.intercept("beforeRegister", () => ({ replace: { options: { uri: "elsewhere.csv" } } }));
    await expect(registerDataset(session, "u", uri)).rejects.toEqual(code("IO.FORMAT_OPTION", { option: "uri" }));
  });

  it("reads replaced options like given ones", async () => {
    const uri = folder.write("a.csv", "a\n1\n");
    hooks.intercept("beforeRegister", () => ({ replace: { options: { scan: { csv: { delimiter: 1 } } } } }));
    await expect(registerDataset(session, "t", uri)).rejects.toEqual(
      code("IO.FORMAT_OPTION", { option: "scan.csv.delimiter" }),
    );
  });

  it("refuses all datasets of a call, with nothing looked at", async () => {
    hooks.intercept("beforeRegister", ({ name }) => (name === "b" ? veto("b is not yours") : undefined));
    const uri = folder.write("a.csv", "a\n1\n");
    const catalog = createDatasetCatalog({ a: uri, b: uri });
    await expect(registerDatasets(session, catalog)).rejects.toEqual(
      code("HOOKS.VETOED", { reason: "b is not yours" }),
    );
    expect(hooks.names().slice(-1)).toEqual(["interceptor.vetoed"]);
    expect(hooks.of("table.registered")).toEqual([]);
  });

  it("stops a session from opening with a dataset that is refused", async () => {
    const catalog = createDatasetCatalog({ a: folder.write("a.csv", "a\n1\n") });
    hooks.intercept("beforeRegister", () => veto("not yours"));
    const opening = openSession(parseProfile({ preset: "test" }), { hooks, extensions: [datasets({ catalog })] });
    await expect(opening).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      cause: expect.objectContaining({ code: "HOOKS.VETOED" }),
    });
  });
});

describe("beforeWrite", () => {
  it("asks with the plan and the options", async () => {
    const asked = hooks.asked("beforeWrite");
    const target = folder.path("out/");
    await writeDataset(session, { source: rows, target, partitionBy: ["kind"], format: { compression: "snappy" } });
    const uri = pathToFileURL(target).href;
    expect(asked).toEqual([
      {
        operation: "WRITE",
        target: uri,
        uri,
        format: "parquet",
        mode: "error",
        plan: { method: "files", single: false, partitionBy: ["kind"], replaces: false },
        commitMetadata: null,
        options: { partitionBy: ["kind"], format: { compression: "snappy" } },
      },
    ]);
  });

  it("plans again with what was replaced, without asking again", async () => {
    let asked = 0;
    hooks.intercept("beforeWrite", ({ options }) => {
      asked += 1;
      return { replace: { options: { ...options, partitionBy: ["kind"] } } };
    });
    const { partitions } = await writeDataset(session, { source: rows, target: folder.path("out/") });
    expect([asked, partitions]).toEqual([1, 1]);
    expect(folder.names("out")[0]).toBe("kind=a");
    await expect(writeDataset(session, { source: rows, target: folder.path("one.parquet") })).rejects.toEqual(
      code("IO.WRITE_OPTION", { option: "partitionBy" }),
    );
  });

  it("refuses before anything is written or told", async () => {
    const before = hooks.names().length;
    hooks.intercept("beforeWrite", ({ uri }) => veto(`not to ${uri}`));
    const target = folder.path("out/");
    await expect(writeDataset(session, { source: rows, target })).rejects.toEqual(code("HOOKS.VETOED"));
    expect(hooks.names().slice(before)).toEqual(["interceptor.vetoed"]);
    expect(folder.names()).toEqual([]);
  });

  it("has no metadata of a commit that could be replaced", async () => {
    hooks.intercept("beforeWrite", () => ({ replace: { commitMetadata: { job: "nightly" } } }));
    await expect(writeDataset(session, { source: rows, target: folder.path("out/") })).rejects.toEqual(
      code("HOOKS.INVALID_REPLACEMENT", { member: "commitMetadata" }),
    );
  });

  it("gives way to an abort", async () => {
    const controller = new AbortController();
    hooks.intercept("beforeWrite", () => {
      controller.abort(new Error("enough"));
      return new Promise(() => undefined);
    });
    const writing = writeDataset(session, { source: rows, target: folder.path("out/") }, { signal: controller.signal });
    await expect(writing).rejects.toThrow("enough");
    expect(folder.names()).toEqual([]);
  });

  it("lets beforeExecute refuse the query of a write, which leaves the target as it was", async () => {
    hooks.intercept("beforeExecute", ({ functions }) => (functions.length > 0 ? veto("no functions") : undefined));
    const source = { sql: "SELECT abs(value) AS n FROM range(3)" };
    await expect(writeDataset(session, { source, target: folder.path("out/") })).rejects.toEqual(code("HOOKS.VETOED"));
    expect(folder.names()).toEqual([]);
    expect(hooks.names().slice(-6)).toEqual([
      "write.started",
      "sql.received",
      "cache.miss",
      "interceptor.vetoed",
      "query.failed",
      "write.failed",
    ]);
  });
});
