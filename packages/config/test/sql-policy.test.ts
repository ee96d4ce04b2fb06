import { describe, expect, it } from "vitest";
import { fingerprint } from "../src/fingerprint.ts";
import { narrowSqlPolicy, parseSqlPolicy, type SqlPolicy, sqlPolicyPresets } from "../src/sql-policy.ts";
import { randomNumbers } from "./random-numbers.ts";

const names = ["abs", "NOW", "random", "now"];
const paths = ["/a", "/a/b", "/a/bc", "s3://x", "s3://x/y/"];

function randomPolicy(next: () => number): SqlPolicy {
  const flag = (): boolean => next() < 0.5;
  const some = (items: readonly string[]): readonly string[] => items.filter(flag);
  const someOrAll = (items: readonly string[]): readonly string[] | null => (next() < 0.3 ? null : some(items));
  return {
    name: "custom",
    ddl: flag(),
    dml: flag(),
    copy: flag(),
    statements: flag(),
    explainAnalyze: flag(),
    namedArguments: flag(),
    urlTables: flag(),
    pathFunctions: flag(),
    functions: { allow: someOrAll(names), deny: some(names) },
    parameterNames: someOrAll(["a", "b", "A"]),
    paths: { read: someOrAll(paths), write: someOrAll(paths) },
    maxSqlBytes: Math.ceil(next() * 1000),
  };
}

function mayCall({ functions }: SqlPolicy, name: string): boolean {
  const listed = (list: readonly string[]): boolean => list.some((one) => one.toLowerCase() === name.toLowerCase());
  return !listed(functions.deny) && (functions.allow === null || listed(functions.allow));
}

function mayTouch(prefixes: readonly string[] | null, path: string): boolean {
  if (prefixes === null) return true;
  return prefixes.some((prefix) => path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`));
}

/** Every question that a policy answers. */
function answers(policy: SqlPolicy): readonly boolean[] {
  const locations = ["/a", "/a/b", "/a/b/c", "/a/bc", "/b", "s3://x", "s3://x/y/z", "s3://xy"];
  return [
    policy.ddl,
    policy.dml,
    policy.copy,
    policy.statements,
    policy.explainAnalyze,
    policy.namedArguments,
    policy.urlTables,
    policy.pathFunctions,
    ...["abs", "now", "random", "other"].map((name) => mayCall(policy, name)),
    ...["a", "b", "A", "c"].map((name) => policy.parameterNames === null || policy.parameterNames.includes(name)),
    ...locations.flatMap((path) => [mayTouch(policy.paths.read, path), mayTouch(policy.paths.write, path)]),
    ...[1, 10, 100, 500, 1000].map((bytes) => bytes <= policy.maxSqlBytes),
  ];
}

describe("sqlPolicyPresets", () => {
  it("hash to the golden digest of read_only", () => {
    const { name, ...fields } = sqlPolicyPresets.read_only;
    const payload = { ...fields, functions: { ...fields.functions }, paths: { ...fields.paths } };
    expect(name).toBe("read_only");
    expect(Object.keys(fields)).toHaveLength(12);
    expect(fingerprint("sql_policy", 1, payload)).toBe(
      "cd447bd99f405bc0c89de21783f39d18b931423166de59a8624ac1767682ee83",
    );
  });

  it("follow the table of the brief", () => {
    const columns = Object.values(sqlPolicyPresets).map((policy) => [
      policy.name,
      policy.ddl,
      policy.dml,
      policy.copy,
      policy.statements,
      policy.explainAnalyze,
      policy.namedArguments,
      policy.urlTables,
      policy.pathFunctions,
      policy.paths.read,
      policy.paths.write,
      policy.maxSqlBytes,
    ]);
    expect(columns).toEqual([
      ["read_only", false, false, false, false, true, true, true, true, null, [], 1_048_576],
      ["service", false, false, false, false, false, true, false, false, [], [], 65_536],
      ["write", false, true, true, true, true, true, true, true, null, null, 1_048_576],
      ["admin", true, true, true, true, true, true, true, true, null, null, 1_048_576],
    ]);
  });
});

describe("parseSqlPolicy", () => {
  it("takes a name, and fields over a base", () => {
    expect(parseSqlPolicy("admin")).toEqual(sqlPolicyPresets.admin);
    expect(parseSqlPolicy({ base: "service" })).toEqual(sqlPolicyPresets.service);
    expect(parseSqlPolicy({ base: "read_only", ddl: true, maxSqlBytes: "2KiB", functions: { deny: ["now"] } })).toEqual(
      {
        ...sqlPolicyPresets.read_only,
        name: "custom",
        ddl: true,
        maxSqlBytes: 2048,
        functions: { allow: null, deny: ["now"] },
      },
    );
  });

  it("puts fields without a base over the fallback", () => {
    expect(parseSqlPolicy({ dml: false })).toEqual({ ...sqlPolicyPresets.write, name: "custom", dml: false });
    expect(parseSqlPolicy({ dml: false }, "admin")).toEqual({ ...sqlPolicyPresets.admin, name: "custom", dml: false });
    expect(parseSqlPolicy({}, "admin")).toEqual(sqlPolicyPresets.admin);
  });

  it("refuses what is no policy", () => {
    expect(() => parseSqlPolicy(JSON.parse('{"base": "reader", "dd1": true, "maxSqlBytes": 0}'))).toThrow(
      expect.objectContaining({
        details: {
          issues: [
            expect.objectContaining({ code: "UNKNOWN_NAME", path: "policy.base" }),
            expect.objectContaining({ code: "OUT_OF_RANGE", path: "policy.maxSqlBytes" }),
            expect.objectContaining({ code: "UNKNOWN_FIELD", path: "policy.dd1", suggestion: "ddl" }),
          ],
        },
      }),
    );
  });
});

describe("narrowSqlPolicy", () => {
  it("allows exactly what both allow", () => {
    const next = randomNumbers(1);
    for (let round = 0; round < 2000; round += 1) {
      const [session, call] = [randomPolicy(next), randomPolicy(next)];
      const [a, b] = [answers(session), answers(call)];
      expect(answers(narrowSqlPolicy(session, call))).toEqual(a.map((allowed, index) => allowed && b[index]));
    }
  });

  it("keeps a policy that is narrowed by itself", () => {
    for (const policy of Object.values(sqlPolicyPresets)) {
      expect(narrowSqlPolicy(policy, policy)).toEqual(policy);
      expect(narrowSqlPolicy(policy, sqlPolicyPresets.admin)).toEqual({
        ...policy,
        name: policy.name === "admin" ? "admin" : "custom",
      });
    }
  });
});
