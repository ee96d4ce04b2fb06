import { describe, expect, it } from "vitest";
import { constantFindings } from "../cutover/constants.mjs";
import { contractFindings } from "../cutover/contract.mjs";
import { withExceptions } from "../cutover/exceptions.mjs";
import { removedFindings } from "../cutover/removed.mjs";
import { wireTypes } from "../cutover/surface.mjs";
import { cutoverFindings, updateSurface } from "../cutover.mjs";
import { type ReleasedRepository, releasedRepository, textIn } from "./released-repository.ts";

interface Finding {
  readonly gate: string;
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

const path = "packages/config/src/plant.ts";
const source = (...lines: readonly string[]) => ({ path, text: `${lines.join("\n")}\n` });
const lines = (found: readonly Finding[]): readonly string[] => found.map(({ line, what }) => `${line}: ${what}`);
// Split, so that the check of this repository does not find the plants.
const at = "@";
const own = `${at}deltafuse`;

describe("constants", () => {
  const settingKeys = new Set(["execution.batch_size"]);
  const found = (first: string, second: string): readonly string[] =>
    constantFindings(
      [source("// one", first), { path: "packages/hooks/src/plant.ts", text: `// two\n\n${second}\n` }],
      { settingKeys },
    ).map(({ path: where, line, what }: Finding) => `${where}:${line}: ${what}`);

  it.each([
    [
      'const batch = "execution.batch_size";',
      'export const size: string = "execution.batch_size";',
      `size = execution.batch_size is defined in ${path}:2 already`,
    ],
    [
      "const maxBytes = 1024 * 1024;",
      "const maxBytes = 1_048_576;",
      `maxBytes = 1048576 is defined in ${path}:2 already`,
    ],
    ['const a = "SQL.INVALID";', 'const b = "SQL.INVALID";', `b = SQL.INVALID is defined in ${path}:2 already`],
  ])("%s and %s are one", (first, second, what) => {
    expect(found(first, second)).toEqual([`packages/hooks/src/plant.ts:3: ${what}`]);
  });

  it.each([
    ["const maxBytes = 1024;", "const maxBytes = 2048;"],
    ["const maxBytes = 1024;", "const leastRows = 1024;"],
    ["const few = 10;", "const few = 10;"],
    ['const a = "text";', 'const b = "text";'],
  ])("%s and %s are two", (first, second) => {
    expect(found(first, second)).toEqual([]);
  });
});

describe("removed names", () => {
  const removed = (kind: string, name: string) => ({ kind, name, sentence: "replace `a` with `b`" });
  const found = (entry: ReturnType<typeof removed>, ...text: readonly string[]) =>
    lines(removedFindings([source(...text)], [entry]));
  const told = (line: number, name: string) => `${line}: ${name} was removed: replace \`a\` with \`b\``;

  it.each([
    ["path", `${own}/config/old-brand`, ["// x", `import { a } from "${own}/config/old-brand";`], 2],
    ["errorCode", "SQL.GONE", ["", "const a = 1;", '  | "SQL.GONE"'], 3],
    ["settingKey", "execution.gone", ["set({ 'execution.gone': 1 });"], 1],
    ["symbol", "openBrand", [`import { type B, openBrand } from "${own}/config/brand";`], 1],
    ["symbol", "openBrand", ["import {", "  openBrand,", '} from "./brand.ts";'], 2],
    ["symbol", "openBrand", ["// x", "/** As {@link openBrand}. */"], 2],
    ["symbol", "openBrand", ["Call `openBrand()` first."], 1],
    ["recordKind", "cache", ["// x", "export const one = defineRecord(", '  "cache", 1, []);'], 3],
    ["recordKind", "cache", ['snapshot({ kinds: ["plan", "cache"] });'], 1],
    ["recordKind", "cache", ['if (record.kind === "cache") end();'], 1],
    ["profileField", "cache.base", ["", "The field `cache.base` names it."], 2],
    ["profileField", "cache", ["The section `cache` holds it."], 1],
    ["environmentVariable", "DELTAFUSE_GONE", ["DELTAFUSE_GONE=1 node main.js"], 1],
  ] as const)("a %s is found: %s", (kind, name, text, line) => {
    expect(found(removed(kind, name), ...text)).toEqual([told(line, name)]);
  });

  it.each([
    ["path", `${own}/config/old-brand`, `import { a } from "${own}/config/old-brand-name";`],
    ["errorCode", "SQL.GONE", '"SQL.GONE_AGAIN"'],
    ["symbol", "open", "function open() { return reopen(); } // to open a door"],
    ["symbol", "open", 'import { open } from "node:fs/promises";'],
    ["recordKind", "cache", 'const cache = { kind: "cache" };'],
    ["profileField", "cache", "const cache = 1; // a cache"],
    ["environmentVariable", "DELTAFUSE_GONE", "DELTAFUSE_GONE_AGAIN"],
  ])("a longer or another %s is not: %s", (kind, name, text) => {
    expect(found(removed(kind, name), text)).toEqual([]);
  });
});

describe("the contract", () => {
  const before = "/** A. */\nexport type A = { a: number };\n\nexport type B = string;\n";
  const types = Object.fromEntries(
    [...wireTypes(before)].map(([name, { hash }]: [string, { hash: string }]) => [name, hash]),
  );
  const found = (text: string, contractVersion: number) =>
    lines(contractFindings(text, { committed: { contractVersion: 1, types }, contractVersion }));

  it("changes with its version, comments and line breaks apart", () => {
    const changed = before.replace("type B = string", "type B = number");
    expect(found(changed, 1)).toEqual([expect.stringMatching(/^4: B is not what it was, .* still 1/)]);
    expect(found(changed, 2)).toEqual([]);
    expect(found(before.replace("A. */", "An A. */").replace("{ a", "{\n a"), 1)).toEqual([]);
    expect(found("export type B = string;\n", 1)).toEqual([expect.stringMatching(/^1: A is gone/)]);
  });
});

describe("exceptions", () => {
  const sources = [source("const a = 1;", "const b = 2;")];
  const finding: Finding = { gate: "constants", path, line: 2, what: "twice" };
  const exception = { gate: "constants", path, text: "const b", reason: "It was reviewed." };
  const left = (...exceptions: readonly (typeof exception)[]) =>
    withExceptions([finding], { exceptions, exceptionText: JSON.stringify(exceptions, null, 2), sources });

  it("let a reviewed finding stay, and that one alone", () => {
    expect(left(exception)).toEqual([]);
    expect(left({ ...exception, gate: "contract" })).toHaveLength(2);
  });

  it("are found when nothing needs them, at their line", () => {
    expect(left(exception, { ...exception, text: "const c" })).toEqual([
      {
        gate: "exceptions",
        path: "tools/cutover/exceptions.json",
        line: 8,
        what: `nothing needs the exception for ${path} any more: remove it`,
      },
    ]);
  });
});

describe("a whole repository", () => {
  const contract = (changes: object) =>
    JSON.stringify({
      contractVersion: 1,
      entrypoints: [{ name: "contract" }],
      features: [],
      errorCodes: ["SQL.INVALID"],
      settingKeys: ["execution.batch_size"],
      ...changes,
    });
  const module = "packages/config/src/brand.ts";

  function plant(repository: ReleasedRepository): void {
    const manifest = JSON.parse(textIn(repository.directory, "packages/config/package.json")) as object;
    const target = (name: string) => ({ [`${at}deltafuse/source`]: `./src/${name}.ts`, default: `./dist/${name}.js` });
    const exports = { "./brand": target("brand"), "./uuid": target("uuid") };
    repository.write("packages/config/package.json", JSON.stringify({ ...manifest, exports }));
    repository.write(module, "export const brand = 1;\nexport interface Brand {}\n");
    repository.write("packages/config/src/uuid.ts", "export const uuid = 1;\n");
    repository.write("native/wire.d.ts", "export type Allow = string;\n");
    repository.write("native/contract.json", contract({}));
  }

  const places = (repository: ReleasedRepository): readonly string[] =>
    cutoverFindings(repository.directory).map(({ path: where, line, gate }: Finding) => `${where}:${line} ${gate}`);

  it("is in order once its names are written down", () => {
    using repository = releasedRepository();
    plant(repository);
    expect(places(repository)).toEqual(["docs/api/surface.json:2 public API"]);
    expect(updateSurface(repository.directory, undefined)).toEqual([]);
    expect(places(repository)).toEqual([]);
    const { modules, errorCodes } = JSON.parse(textIn(repository.directory, "docs/api/surface.json"));
    const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect([modules, errorCodes]).toMatchObject([
      { [`${own}/config/brand`]: { Brand: hash, brand: hash }, [`${own}/config/uuid`]: { uuid: hash } },
      ["SQL.INVALID"],
    ]);
  });

  it("sees a changed signature", () => {
    using repository = releasedRepository();
    plant(repository);
    updateSurface(repository.directory, undefined);
    repository.write(module, "export const brand = 1;\nexport interface Brand { readonly mark: string }\n");
    expect(places(repository)).toEqual(["docs/api/surface.json:4 public API"]);
    expect(updateSurface(repository.directory, undefined)).toEqual([]);
    expect(places(repository)).toEqual([]);
  });

  it("remembers what went, with the sentence of the changeset, and finds it where it is still written", () => {
    using repository = releasedRepository();
    plant(repository);
    updateSurface(repository.directory, undefined);
    repository.write(module, "export const mark = 1;\nexport interface Brand {}\n");
    repository.write("examples/first.ts", `\nimport { brand } from "${own}/config/brand";\n`);
    for (const sentence of [undefined, "`brand` is gone", "replace brand with mark"]) {
      expect(updateSurface(repository.directory, sentence)).toEqual([
        expect.stringMatching(/^brand went: say with --sentence .*: replace `a` with `b`\.$/),
      ]);
    }
    expect(updateSurface(repository.directory, "replace `brand` with `mark`")).toEqual([]);
    expect(JSON.parse(textIn(repository.directory, "docs/api/removed.json"))).toEqual([
      { kind: "symbol", name: "brand", sentence: "replace `brand` with `mark`" },
    ]);
    expect(cutoverFindings(repository.directory)).toEqual([
      {
        gate: "removed names",
        path: "examples/first.ts",
        line: 2,
        what: "brand was removed: replace `brand` with `mark`",
      },
    ]);
    repository.write(module, "export const mark = 1, brand = 2;\nexport interface Brand {}\n");
    expect(places(repository)).toContain("docs/api/removed.json:4 removed names");
  });

  it("refuses a removed name whose sentence does not tell what replaces it", () => {
    using repository = releasedRepository();
    plant(repository);
    updateSurface(repository.directory, undefined);
    const entry = { kind: "symbol", name: "gone", sentence: "It is gone." };
    repository.write("docs/api/removed.json", JSON.stringify([entry], null, 2));
    expect(cutoverFindings(repository.directory)).toEqual([
      {
        gate: "removed names",
        path: "docs/api/removed.json",
        line: 4,
        what: "gone has another sentence than replace `a` with `b`",
      },
    ]);
  });

  it("does not take a change of the wire without a version", () => {
    using repository = releasedRepository();
    plant(repository);
    updateSurface(repository.directory, undefined);
    repository.write("native/wire.d.ts", "\nexport type Allow = number;\n");
    expect(places(repository)[0]).toBe("native/wire.d.ts:2 contract");
    expect(updateSurface(repository.directory, undefined)).toEqual([
      expect.stringMatching(/^native\/wire\.d\.ts:2: Allow is not what it was/),
    ]);
    repository.write("native/contract.json", contract({ contractVersion: 2 }));
    expect(updateSurface(repository.directory, undefined)).toEqual([]);
    expect(places(repository)).toEqual([]);
  });
});
