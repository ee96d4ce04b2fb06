import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundlePackage } from "../bundle.mjs";

const manifest = {
  name: "planted",
  type: "module",
  exports: {
    "./left": { "@deltafuse/source": "./src/left.ts", default: "./dist/left.js" },
    "./right": { "@deltafuse/source": "./src/right.ts", default: "./dist/right.js" },
    "./foreign": { "@deltafuse/source": "./src/foreign.ts", default: "./dist/foreign.js" },
  },
};

const sources = {
  "src/mark.ts": "export class Mark {}\nexport function unused(): number {\n  return 1;\n}\n",
  "src/left.ts": 'import { Mark } from "./mark.ts";\nexport const left = (): Mark => new Mark();\n',
  "src/right.ts": `import type { Shape } from "elsewhere";
import { Mark } from "./mark.ts";
export const right = (value: Shape): boolean => value instanceof Mark;
export const late = (): Promise<unknown> => import("optional");
`,
  "src/shape.ts": 'import { shape } from "elsewhere";\nexport const twice = shape * 2;\n',
  "src/foreign.ts":
    'import { Mark } from "./mark.ts";\nimport { twice } from "./shape.ts";\nexport const both = [Mark, twice];\n',
  "node_modules/elsewhere/package.json": '{ "name": "elsewhere", "type": "module", "exports": "./main.js" }',
  "node_modules/elsewhere/main.js": "export const shape = 1;\n",
};

const made = ["chunk-shared-elsewhere.*.js", "chunk-shared.*.js", "foreign.js", "left.js", "right.js"];

describe("bundle", () => {
  let top = "";
  let folder = "";
  const plant = (files: Record<string, string>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  const load = (name: string): Promise<Record<string, unknown>> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, "dist", `${name}.js`)).href);
  const text = (name: string): string => readFileSync(join(folder, "dist", name), "utf8");
  const scripts = (): string[] => readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".js"));
  const kinds = (): string[] => scripts().map((name) => name.replace(/\.[\w-]{8}\.js$/, ".*.js"));

  beforeEach(async () => {
    top = mkdtempSync(join(tmpdir(), "deltafuse-bundle-"));
    folder = join(top, "planted");
    plant({ ...sources, "package.json": JSON.stringify(manifest) });
    await bundlePackage(folder);
  });

  afterEach(() => {
    rmSync(top, { recursive: true, force: true });
  });

  it("makes a file for each public module, and one chunk for each set of packages that modules load", () => {
    expect(kinds().toSorted()).toEqual(made);
  });

  it("holds every class once, and gives every public module the names of its source", async () => {
    const [left, right, foreign] = await Promise.all([load("left"), load("right"), load("foreign")]);
    expect([left, right, foreign].map((one) => Object.keys(one))).toEqual([["left"], ["late", "right"], ["both"]]);
    const mark = (left["left"] as () => object)();
    expect((right["right"] as (value: object) => boolean)(mark)).toBe(true);
    expect(foreign["both"]).toEqual([mark.constructor, 2]);
  });

  it("leaves packages outside, and those that are imported late are", () => {
    const shared = scripts().filter((name) => name.startsWith("chunk-shared."));
    expect(shared.map((name) => text(name).match(/import\("optional"\)|elsewhere/g))).toEqual([['import("optional")']]);
  });

  it("names the sources in its maps, from where they are published", () => {
    const name = readdirSync(join(folder, "dist")).find((one) => /^chunk-shared\..*\.map$/.test(one));
    const map: unknown = JSON.parse(text(name ?? ""));
    expect(map).toMatchObject({ sources: ["../src/mark.ts", "../src/left.ts", "../src/right.ts"] });
  });

  it("imports from another package of ours the chunk that its public module passes on", async () => {
    const upper = join(top, "upper");
    const exports = { "./above": { "@deltafuse/source": "./src/above.ts", default: "./dist/above.js" } };
    plant({
      "package.json": JSON.stringify({ ...manifest, name: "@deltafuse/planted" }),
      "../upper/package.json": JSON.stringify({ name: "@deltafuse/upper", type: "module", exports }),
      "../upper/src/above.ts": `import { left } from "@deltafuse/planted/left";
import { nowhere } from "@deltafuse/planted/nowhere";
export const above = [left, nowhere];
`,
    });
    await bundlePackage(upper);
    const chunk = readdirSync(join(upper, "dist")).find((name) => /^chunk-.*\.js$/.test(name)) ?? "";
    const imports = readFileSync(join(upper, "dist", chunk), "utf8").match(/^import .*$/gm);
    const shared = scripts().find((name) => name.startsWith("chunk-shared."));
    expect(imports?.toSorted()).toEqual([
      `import { left } from "@deltafuse/planted/${shared}";`,
      'import { nowhere } from "@deltafuse/planted/nowhere";',
    ]);
  });

  it("removes the chunks that are no longer made, and leaves declarations", async () => {
    const before = scripts();
    plant({ "src/mark.ts": "export class Mark {\n  readonly changed = true;\n}\n", "dist/mark.d.ts": "" });
    await bundlePackage(folder);
    expect(scripts()).not.toEqual(before);
    expect(kinds().toSorted()).toEqual(made);
    expect(text("mark.d.ts")).toBe("");
  });
});
