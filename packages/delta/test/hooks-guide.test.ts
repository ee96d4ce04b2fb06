import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
// #region imports
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { collectEvents, collectExplains, collectFindings } from "@deltafuse/hooks/collectors";
import { withExecutionPolicy } from "@deltafuse/hooks/execution-policy";
import { createHooks } from "@deltafuse/hooks/hooks";
import { veto } from "@deltafuse/hooks/interceptors";
import { withLabel } from "@deltafuse/hooks/label";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { functions } from "@deltafuse/udf/extension";
import { defineScalar } from "@deltafuse/udf/scalar-function";
import { afterAll, beforeAll, expect, it } from "vitest";
import { history } from "../src/history.ts";
import { writeTable } from "../src/write.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "deltafuse-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const profile = parseProfile({ preset: "test" });
const rows = [{ id: 1 }];

it("listens", async () => {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  // #region listen
  const hooks = createHooks();
  hooks.on("query.finished", ({ label, rows: count }) => print(`${label}: ${count} rows`));
  hooks.on(["query.failed", "sql.rejected"], ({ error }) => print(error.code), { name: "alarm" });

  await using session = await openSession(profile, { hooks });
  await session.sql("SELECT 1", { label: "one" }).rows();
  // #endregion
  await expect(session.sql("SELEC 1").rows()).rejects.toThrow("SELEC");
  expect(printed).toEqual(["one: 1 rows", "SQL.PARSE_ERROR"]);
});

it("refuses a write outside of a folder", async () => {
  const output = pathToFileURL(join(root, "output/")).href;
  const target = { location: join(root, "elsewhere") };
  const printed: unknown[] = [];
  const print = (details: unknown): void => void printed.push(details);
  const hooks = createHooks();
  // #region write
  hooks.intercept(
    "beforeWrite",
    ({ uri }) => (uri.startsWith(output) ? undefined : veto("Tables are written below the output folder only.")),
    { name: "output-folder" },
  );

  await using session = await openSession(profile, { hooks });
  const written = await writeTable(session, target, { source: { rows } }).catch((error: unknown) => error);
  if (isDeltaFuseError(written, "HOOKS.VETOED")) print(written.details);
  // { point: "beforeWrite", interceptor: "output-folder", reason: "Tables are written below …", details: {} }
  // #endregion
  expect(printed).toEqual([expect.objectContaining({ point: "beforeWrite", interceptor: "output-folder" })]);
});

it("stamps every commit", async () => {
  const target = { location: join(root, "stamped") };
  const hooks = createHooks();
  // #region stamp
  hooks.intercept("beforeWrite", ({ commitMetadata }, { label }) =>
    commitMetadata === null ? undefined : { replace: { commitMetadata: { ...commitMetadata, job: label ?? "none" } } },
  );

  await using session = await openSession(profile, { hooks });
  await withLabel(session.hooks, "nightly", () => writeTable(session, target, { source: { rows } }));
  const [commit] = await history(session, target);
  // commit.metadata.job is "nightly"
  // #endregion
  expect(commit?.metadata["job"]).toBe("nightly");
});

it("narrows what SQL may do and how much a program takes", async () => {
  const hooks = createHooks();
  // #region narrow
  hooks.intercept("beforeSql", ({ policy }, { tags }) =>
    tags["tenant"] === undefined ? undefined : { replace: { policy: { ...policy, dml: false, copy: false } } },
  );
  hooks.intercept("beforeExecute", ({ tables }) => {
    if (tables.some(({ name }) => name.startsWith("secret_"))) return veto("The table is not for queries.");
    return { replace: { limits: { maxRows: 100_000, deadlineMs: 30_000 } } };
  });
  // #endregion
  await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }), { hooks });
  await session.execute("CREATE TABLE secret_t AS SELECT 1 AS n");
  const label = { name: "report", tags: { tenant: "a" } };
  await expect(session.execute("INSERT INTO secret_t SELECT 1", { label })).rejects.toMatchObject({
    code: "SQL.POLICY_VIOLATION",
    details: { violation: "dml" },
  });
  await expect(session.table("secret_t").rows()).rejects.toMatchObject({ code: "HOOKS.VETOED" });
  expect(await session.sql("SELECT 1 AS n").rows()).toHaveLength(1);
});

it("registers only where it is allowed", async () => {
  const hooks = createHooks();
  // #region register
  hooks.intercept("beforeRegister", ({ location, name }) =>
    location?.includes("/private/") ? veto(`${name} is private.`) : undefined,
  );
  hooks.intercept("beforeFunction", ({ volatility }) =>
    volatility === "volatile" ? veto("Functions must say that they are stable or immutable.") : undefined,
  );
  // #endregion
  const twice = defineScalar({ name: "twice", args: { n: "int64" }, returns: "int64", call: (n) => n * 2n });
  await expect(openSession(profile, { hooks, extensions: [functions({ define: [twice] })] })).rejects.toMatchObject({
    cause: expect.objectContaining({ code: "HOOKS.VETOED" }),
  });
  await using session = await openSession(profile, { hooks });
  await expect(registerDataset(session, "t", join(root, "private/t.parquet"))).rejects.toMatchObject({
    code: "HOOKS.VETOED",
  });
});

it("tells more of queries", async () => {
  const hooks = createHooks();
  await using session = await openSession(profile, { hooks });
  // #region diagnostics
  using plans = collectExplains(hooks);
  using slow = collectEvents(hooks, { events: "query.slow" });
  await withExecutionPolicy(session.hooks, { slowQuery: "1s" }, async () => {
    await session.sql("SELECT 1", { diagnostics: { capture: { explain: true } } }).rows();
  });
  const [plan] = plans.snapshot();
  // plan.text is what EXPLAIN tells; slow.snapshot() is empty
  // #endregion
  expect([plan?.text.includes("logical_plan"), slow.snapshot()]).toEqual([true, []]);
});

it("collects", async () => {
  const hooks = createHooks();
  await using session = await openSession(profile, { hooks });
  // #region collect
  using queries = collectEvents(hooks, { events: "query.finished", label: "report" });
  using findings = collectFindings(hooks, { minSeverity: "warning" });
  await withLabel(session.hooks, "report", () => session.sql("SELECT 1").rows());
  const durations = queries.snapshot().map(({ durationUs }) => durationUs);
  const problems = findings.drain().map(({ code, message }) => `${code}: ${message}`);
  // #endregion
  expect([durations.length, problems]).toEqual([1, []]);
});
