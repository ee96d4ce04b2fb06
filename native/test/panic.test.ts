import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contract, type NativeSession } from "../binding.js";
import { executed, failureOf, numberOf, openSession, planned, request } from "./native-call.ts";

describe("a panic in the engine", () => {
  let session: NativeSession;

  beforeAll(async () => {
    expect(JSON.parse(contract()).features).toContain("testing");
    session = await openSession({ settings: [["datafusion.execution.target_partitions", "4"]] });
  });

  afterAll(() => session.close());

  const message = "deltafuse_test_panic was called";
  const panic = {
    deltafuse: 1,
    code: "NATIVE.PANIC",
    message: expect.stringContaining(message),
    details: { message, file: expect.stringContaining(".rs"), line: expect.any(Number) },
    causes: [],
  };

  const inside = { ...panic, details: expect.objectContaining({ message }), causes: expect.any(Array) };

  const statements = {
    "in a task of the engine":
      "SELECT g, count(*) FROM (SELECT value % 7 + deltafuse_test_panic() AS g FROM range(0, 100000)) GROUP BY g",
    "in the build side of a join":
      "SELECT count(*) FROM range(0, 10) a JOIN (SELECT value + deltafuse_test_panic() AS v FROM range(0, 10)) b ON a.value = b.v",
    "in a sort": "SELECT value FROM range(0, 10) ORDER BY value + deltafuse_test_panic()",
  };

  it("fails the query, tells its place in the source, and the next query works", async () => {
    expect(await failureOf(executed(session, "SELECT deltafuse_test_panic()"))).toEqual(panic);
    expect(await numberOf(session, "SELECT 42")).toBe(42);
  });

  for (const [place, sql] of Object.entries(statements)) {
    it(`fails the query when it happens ${place}, and the next query works`, async () => {
      for (let round = 0; round < 3; round++) {
        expect(await failureOf(executed(session, sql))).toEqual(inside);
        expect(await numberOf(session, "SELECT count(*) FROM range(0, 1000)")).toBe(1000);
      }
    });
  }

  it("fails an exported function that runs a plan itself", async () => {
    const frame = await planned(session, "SELECT deltafuse_test_panic() AS a");
    const memory = request({ kind: "memory", source: { $handle: 0 } });
    expect(await failureOf(session.prepareTable(memory, { handles: [frame] }))).toEqual(panic);
    expect(await numberOf(session, "SELECT 42")).toBe(42);
  });

  it("leaves queries that run beside it alone", async () => {
    const beside = numberOf(session, "SELECT count(*) FROM range(0, 3000) a CROSS JOIN range(0, 3000) b");
    const failures = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(executed(session, "SELECT deltafuse_test_panic()"))),
    );
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["NATIVE.PANIC"]));
    expect(await beside).toBe(9_000_000);
  });
});
