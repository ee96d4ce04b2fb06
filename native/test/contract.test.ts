import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as binding from "../binding.js";
import { type CallSubjects, callSubjects, type EntrypointCall, entrypointCalls } from "./entrypoint-calls.ts";
import { failureOf, request } from "./native-call.ts";

interface Contract {
  readonly contractVersion: number;
  readonly buildId: string;
  readonly target: string;
  readonly engine: Readonly<Record<string, string>>;
  readonly features: readonly string[];
  readonly entrypoints: readonly { readonly name: string; readonly group: string }[];
  readonly errorCodes: readonly string[];
  readonly functionCatalogHash: string;
  readonly settingKeys: readonly string[];
}

const contract: Contract = JSON.parse(binding.contract());
const entrypoints = contract.entrypoints.map(({ name }) => name);

/** Methods that are no entrypoints: how a handle is given back, and the cancel handle, which runs nothing. */
const unlisted = (name: string): boolean => name.endsWith(".close") || name.startsWith("cancel.");

function handleName(className: string): string {
  return className.replace(/^Native/, "").replace(/^./, (first) => first.toLowerCase());
}

function methodNames(kind: string, members: readonly string[]): readonly string[] {
  return members.filter((name) => name !== "constructor").map((name) => `${handleName(kind)}.${name}`);
}

function exportedNames(): readonly string[] {
  return Object.entries(binding)
    .filter(([name]) => name !== "__napiBindingTarget")
    .flatMap(([name, value]) => {
      if (typeof value !== "function") throw new Error(`${name} is no function`);
      if (!name.startsWith("Native")) return [name];
      return methodNames(name, Object.getOwnPropertyNames(value.prototype));
    });
}

function declaredNames(): readonly string[] {
  const text = readFileSync(new URL("../binding.d.ts", import.meta.url), "utf8");
  const functions = [...text.matchAll(/^export declare function (\w+)/gm)].map(([, name = ""]) => name);
  const methods = [...text.matchAll(/^export declare class (\w+) \{\n(.*?)^\}/gms)].flatMap(
    ([, kind = "", body = ""]) =>
      methodNames(
        kind,
        [...body.matchAll(/^ {2}(?:get )?(\w+)\(/gm)].map(([, name = ""]) => name),
      ),
  );
  return [...functions, ...methods];
}

describe("the contract", () => {
  it("lists what is exported", () => {
    expect(
      exportedNames()
        .filter((name) => !unlisted(name))
        .toSorted(),
    ).toEqual(entrypoints.toSorted());
  });

  it("lists what is declared", () => {
    expect(
      declaredNames()
        .filter((name) => !unlisted(name))
        .toSorted(),
    ).toEqual(entrypoints.toSorted());
  });

  it("is what is committed, apart from what changes with every build", () => {
    const { buildId: _buildId, target: _target, ...lasting } = contract;
    const committed: unknown = JSON.parse(readFileSync(new URL("../contract.json", import.meta.url), "utf8"));
    expect(lasting).toEqual(committed);
  });

  it("lists each name once, in the documented shape", () => {
    expect(new Set(entrypoints).size).toBe(entrypoints.length);
    expect(contract.contractVersion).toBe(10);
    expect(contract.buildId).toMatch(/^[0-9a-f]{64}$/);
    expect(contract.functionCatalogHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(contract.engine)).toEqual(["datafusion", "arrow", "parquet", "objectStore", "delta"]);
    for (const list of [contract.features, contract.errorCodes, contract.settingKeys]) {
      expect(list).toEqual([...new Set(list)].toSorted());
    }
  });

  it("raises only codes that a package owns", async () => {
    const owned = await ownedCodes();
    expect(contract.errorCodes.filter((code) => !owned.has(code))).toEqual([]);
  });
});

/** The codes in the lists `…ErrorCodes` that the packages export from their `errors.ts`. */
async function ownedCodes(): Promise<ReadonlySet<string>> {
  const packages = new URL("../../packages/", import.meta.url);
  const modules = await Promise.all(
    (await readdir(packages)).map(
      async (name): Promise<object> => import(new URL(`${name}/src/errors.ts`, packages).href),
    ),
  );
  const lists = modules.flatMap((module) => Object.entries(module).filter(([name]) => name.endsWith("ErrorCodes")));
  expect(lists.length).toBe(modules.length);
  return new Set(lists.flatMap(([, codes]): string[] => codes));
}

describe("every entrypoint", () => {
  const withoutRequest = [
    "contract",
    "runtimeStats",
    "createCancel",
    "gatherBytes",
    "bytes.append",
    "cacheScope.stats",
    "stream.next",
    "stream.metrics",
    "stream.profile",
  ];
  let folder = "";
  let subjects: CallSubjects;
  let calls: readonly EntrypointCall[];

  beforeAll(async () => {
    binding.configureRuntime(request({ workerThreads: 2 }));
    folder = await mkdtemp(join(tmpdir(), "deltafuse-entrypoints-"));
    subjects = await callSubjects(folder);
    calls = entrypointCalls(subjects);
  });

  afterAll(async () => {
    subjects.session.close();
    subjects.scope.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is called here", () => {
    const called = new Set([...withoutRequest, ...calls.map(({ entrypoint }) => entrypoint)]);
    expect([...called].toSorted()).toEqual(entrypoints.toSorted());
  });

  it("refuses a request that is no document of version 1", async () => {
    const documents: readonly (readonly [string, string])[] = [
      ["", "$"],
      ["[]", "$"],
      ["{}", "$.v"],
      ['{"v":2}', "$.v"],
      ['{"v":"1"}', "$.v"],
    ];
    for (const { entrypoint, send } of calls) {
      for (const [document, path] of documents) {
        const { code, details } = await failureOf(send(document));
        expect({ entrypoint, document, code, details }).toEqual({
          entrypoint,
          document,
          code: "NATIVE.BAD_REQUEST",
          details: { path },
        });
      }
    }
  });

  it("refuses an unknown member at any depth", async () => {
    for (const { entrypoint, members, send } of calls) {
      for (const planted of withUnknownMember(members)) {
        const { code, message, details } = await failureOf(send(request(planted)));
        expect({ entrypoint, planted, code }).toEqual({ entrypoint, planted, code: "NATIVE.BAD_REQUEST" });
        expect(details).toEqual({ path: expect.stringMatching(/^\$\./) });
        expect(message).toContain("surprise");
      }
    }
  });

  it("accepts what the others are variations of", async () => {
    for (const { entrypoint, members, send } of calls) {
      const outcome = await send(request(members)).then(
        () => "accepted",
        (error: unknown) => String(error),
      );
      const expected =
        entrypoint === "configureRuntime" ? expect.stringContaining("NATIVE.RUNTIME_STARTED") : "accepted";
      expect({ entrypoint, members, outcome }).toEqual({ entrypoint, members, outcome: expected });
    }
    expect(await subjects.stream.next()).toMatchObject({ header: expect.any(Float64Array) });
    expect(JSON.parse(subjects.stream.metrics())).toMatchObject({ rows: 1 });
  });
});

/** Copies of a document, each with an unknown member in one of its objects. */
function withUnknownMember(value: unknown): readonly object[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => withUnknownMember(item).map((planted) => value.with(index, planted)));
  }
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([name, member]) =>
    withUnknownMember(member).map((planted) => ({ ...value, [name]: planted })),
  );
  return [{ ...value, surprise: true }, ...below];
}
