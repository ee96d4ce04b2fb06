import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { declarationsOf } from "../cutover/declarations.mjs";
import { nothing, removedNames } from "../cutover/surface.mjs";
import { writtenNames } from "../cutover/written-names.mjs";
import { root } from "../process.mjs";
import { textIn } from "./released-repository.ts";

describe("names that the packages write as texts", () => {
  const written = (file: string, ...text: readonly string[]) => ({
    path: `packages/config/src/${file}`,
    text: text.join("\n"),
  });

  it("are kinds of records, fields of a profile and environment variables", () => {
    const sources = [
      written(
        "record-kinds.ts",
        '// defineRecord("told", 1, []);',
        'export const plan = defineRecord("plan.rule", 1, []);',
        'const cache = defineRecord<"cache">(',
        '  "cache",',
        "  1,",
        ");",
      ),
      written(
        "profile.ts",
        "export interface ProfileInput {",
        "  readonly name?: string;",
        "  readonly join?: A;",
        "}",
      ),
      written(
        "join.ts",
        'export const join = section<A>("join", { preferHash: setting, inner: section("join.inner", {}) });',
      ),
      written("limits.ts", 'const limits = namedSection("limits", { rows: field(1) });'),
      written("env.ts", 'const known = text("DELTAFUSE_PRESET", "preset");', 'name.startsWith("DELTAFUSE_BUILD_");'),
      { path: "packages/config/test/env.test.ts", text: 'set("DELTAFUSE_WRONG");' },
    ];
    expect(writtenNames(sources)).toEqual({
      recordKinds: ["plan.rule", "cache"],
      profileFields: ["name", "join", "join.preferHash", "join.inner", "limits.rows"],
      environmentVariables: ["DELTAFUSE_PRESET"],
    });
  });

  it("are in the committed report", () => {
    const { recordKinds, profileFields, environmentVariables } = JSON.parse(textIn(root, "docs/api/surface.json"));
    expect(recordKinds).toEqual(expect.arrayContaining(["session", "plan.rule", "delta.mutation"]));
    expect(profileFields).toEqual(expect.arrayContaining(["preset", "execution.batchSize", "sql.policy.base"]));
    expect(environmentVariables).toEqual(expect.arrayContaining(["DELTAFUSE_PRESET", "DELTAFUSE_PROFILE_PATCH"]));
  });
});

describe("the hash of an exported name", () => {
  const brand = [
    'import type { Inner, Open } from "./inner.ts";',
    "interface Private { readonly inner: Inner }",
    "/** A brand. */",
    "export interface Brand { readonly own: Private }",
    "export function brand(text: string, open: Open): Brand;",
    "export function brand(text: number): Brand;",
    "export function brand(text: unknown): Brand { return build(text); }",
  ].join("\n");
  const inner =
    "export interface Inner { readonly deep: 1 }\nexport interface Open {}\nexport const other: number = 1;";
  const files = { "brand.ts": brand, "inner.ts": inner, "open.d.ts": "/** A. */\nexport type Wire = { a: number };" };
  type Files = Readonly<Partial<typeof files>>;

  function hashes(changes: Files = {}): Readonly<Record<string, string>> {
    const folder = mkdtempSync(join(tmpdir(), "deltafuse-declarations-"));
    try {
      for (const [name, text] of Object.entries({ ...files, ...changes })) writeFileSync(join(folder, name), text);
      const modules = { "own/brand": join(folder, "brand.ts"), "own/open": join(folder, "open.d.ts") };
      const found: Record<string, Record<string, string>> = declarationsOf(modules);
      return { ...found["own/brand"], ...found["own/open"] };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  function changed(changes: Files): readonly string[] {
    const before = hashes();
    return Object.entries(hashes(changes)).flatMap(([name, hash]) => (before[name] === hash ? [] : [name]));
  }

  it("is there for what is exported", () => {
    expect(Object.keys(hashes())).toEqual(["Brand", "brand", "Wire"]);
  });

  it.each<readonly [string, Files, readonly string[]]>([
    ["of a parameter", { "brand.ts": brand.replace("text: string", "text: string | null") }, ["brand"]],
    ["of an overload", { "brand.ts": brand.replace("text: number", "text: bigint") }, ["brand"]],
    ["of a member", { "brand.ts": brand.replace("readonly own", "readonly own?") }, ["Brand"]],
    ["of a type that is declared in place", { "open.d.ts": "export type Wire = { a: string };" }, ["Wire"]],
    ["behind it in the same file", { "brand.ts": brand.replace("{ readonly inner", "{ inner") }, ["Brand"]],
    ["behind it in another file", { "inner.ts": inner.replace("deep: 1", "deep: 2") }, ["Brand"]],
  ])("changes with the declaration %s", (_where, changes, names) => {
    expect(changed(changes)).toEqual(names);
  });

  it.each<readonly [string, Files]>([
    ["a body", { "brand.ts": brand.replace("build(text)", "build(text, 2)") }],
    [
      "a comment",
      { "brand.ts": brand.replace("A brand.", "Another brand."), "open.d.ts": files["open.d.ts"].slice(9) },
    ],
    ["line breaks", { "brand.ts": brand.replace("{ readonly own: Private }", "{\n  readonly own: Private;\n}") }],
    ["what no user meets", { "inner.ts": inner.replace("number = 1", "string = ''") }],
  ])("does not change with %s", (_what, changes) => {
    expect(changed(changes)).toEqual([]);
  });
});

it("names of one surface that another lacks are removed ones", () => {
  const surface = (modules: object, recordKinds: readonly string[]) => ({ ...nothing, modules, recordKinds });
  const before = surface({ "a/one": { x: "1", y: "1" }, "a/two": { z: "1" } }, ["plan", "run"]);
  const now = surface({ "a/one": { x: "2", z: "1" } }, ["plan"]);
  expect(removedNames(before, now)).toEqual([
    { kind: "path", name: "a/two" },
    { kind: "symbol", name: "y" },
    { kind: "recordKind", name: "run" },
  ]);
});
