import { describe, expect, it } from "vitest";
import { compatibilityFindings } from "../cutover/compatibility.mjs";

interface Finding {
  readonly line: number;
  readonly what: string;
}

// Split, so that the check of this repository does not find the plants.
const at = "@";
const past = ["lega", "cy"].join("");
const Past = past.replace("l", "L");
const bridge = ["com", "pat"].join("");
const attribute = ["depre", "cated"].join("");
const own = `${at}deltafuse`;

const findings = (path: string, text: readonly string[]): readonly string[] =>
  compatibilityFindings([{ path, text: `${text.join("\n")}\n` }], { entrypoints: new Set(["planSql"]) }).map(
    ({ line, what }: Finding) => `${line}: ${what}`,
  );

describe("what is kept for the past", () => {
  const found = (...text: readonly string[]) => findings("packages/config/src/plant.ts", text);

  it.each([
    ["a deprecated name", [`/** ${at}deprecated Use b. */`, "export const a = 1;"], /^1: .*nothing is deprecated/],
    ["code for before", ["const a = 1;", `// the ${past} form`], /^2: .*no code is kept/],
    ["an identifier for before", ["const a = 1;", `const read${Past} = a;`], /^2: .*no code is kept/],
    ["a versioned name", ["const a = 1;", "function readV2() {}"], /^2: readV2: a name does not tell/],
    ["an old name", ["interface TableOld {}"], /^1: TableOld: a name does not tell/],
    ["a re-export", ["const a = 1;", 'export { b } from "./b.ts";'], /^2: what another module has/],
    ["a re-export of everything", ['export * from "./b.ts";'], /^1: what another module has/],
    ["an alias of a local name", ["const a = 1;", "export { a as b };"], /^2: a is exported under another name/],
    [
      "an alias of an imported value",
      ['import { a } from "./a.ts";', "", "export const b: number = a;"],
      /^3: a is exported under another name/,
    ],
    [
      "an alias of an imported type",
      ['import type { A } from "./a.ts";', "export type B = A;"],
      /^2: A is exported under another name/,
    ],
    ["an optional entrypoint", ["declare const s: any;", "s.planSql?.();"], /^2: the native entrypoint planSql/],
    [
      "a tried import",
      ["try {", '  await import("./a.ts");', "} catch {", "  nothing();", "}"],
      /^2: an import is not tried/,
    ],
    ["a sniffed version", [`import a from "${own}/config/package.json";`], /^1: the version of @deltafuse\/config/],
  ])("%s", (_what, text, complaint) => {
    const complaints = found(...text);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(complaint);
  });

  it.each([
    `${past}Mode`,
    `read${Past}File`,
    `HTTP${Past}`,
    `${past}_reader`,
    `${past.toUpperCase()}_MODE`,
    `LATEST_${past.toUpperCase()}`,
    `${bridge}X`,
    `a ${bridge}-layer`,
  ])("is found within a name: %s", (name) => {
    expect(found("const a = 1;", `// ${name}`)).toEqual([expect.stringMatching(/^2: .*no code is kept/)]);
  });

  it.each([`${bridge}ible`, `in${bridge}ibility`, `${past}ies`])("is not a part of a word: %s", (word) => {
    expect(found(`// ${word}`)).toEqual([]);
  });

  const inRust = (...text: readonly string[]) => findings("native/crates/engine/src/plant.rs", text);

  it.each([
    "pub fn read_v2(path: &str) {}",
    "pub(crate) struct TableOld;",
    "enum FormatV1 { A }",
    "const LIMIT_OLD: usize = 1;",
    "    let mut plan_new = 1;",
    "mod reader_v3;",
  ])("is found in Rust: %s", (text) => {
    expect(inRust("// engine", text)).toEqual([expect.stringMatching(/^2: \w+: a name does not tell/)]);
  });

  it("is found in Rust as an attribute too", () => {
    expect(inRust(`#[${attribute}]`)).toEqual([expect.stringMatching(/^1: .*nothing is deprecated/)]);
  });

  it.each(["pub fn try_new() {}", "let is_new = true;", "let x = UuidV7::now();", "fn new() {}", "const V2: u8 = 2;"])(
    "is not what Rust names for another reason: %s",
    (text) => {
      expect(inRust(text)).toEqual([]);
    },
  );

  it("is not what is written in this way for another reason", () => {
    const text = [
      'import { type B, c } from "./b.ts";',
      "const isNew = true;",
      "export type A = B & { readonly a: 1 };",
      "export const d: number = c + 1;",
      "s.other?.();",
      "try {",
      '  await import("./a.ts");',
      "} finally {",
      "  end();",
      "}",
    ];
    expect(found(...text)).toEqual([]);
  });
});
