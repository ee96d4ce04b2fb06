import { describe, expect, it } from "vitest";
import { workspaceProblems } from "../check-workspace.mjs";
import { plantedWorkspace } from "./planted-workspace.ts";

const plant = "packages/%/src/plant.ts";
const planted = (name: string): string => plant.replace("%", name);

describe("the copy without a plant", () => {
  it("passes lint and boundaries", () => {
    using workspace = plantedWorkspace();
    expect(workspace.lint()).toMatchObject({ code: 0 });
    expect(workspace.boundaries()).toMatchObject({ code: 0 });
  });
});

describe("an import to the right", () => {
  it("is refused by lint, boundaries and the workspace check although it is declared", () => {
    using workspace = plantedWorkspace();
    workspace.declare("packages/config", "@deltafuse/hooks");
    workspace.write(
      planted("config"),
      'import { plain } from "@deltafuse/hooks/plain";\nexport const plant: string = plain;\n',
    );
    const refusal = "@deltafuse/config may not import @deltafuse/hooks";
    expect(workspace.lint().text).toContain(refusal);
    expect(workspace.boundaries().text).toMatch(/@deltafuse\/config[\s\S]*@deltafuse\/hooks/);
    expect(workspaceProblems(workspace.directory)).toContain(
      "@deltafuse/config: depends on @deltafuse/hooks, which is not to its left",
    );
  });

  it.each([
    ["a type import", 'import type { plain } from "@deltafuse/hooks/plain";\nexport type Plant = typeof plain;\n'],
    ["an inline type import", 'export type Plant = typeof import("@deltafuse/hooks/plain");\n'],
    ["a dynamic import", 'export const plant = (): Promise<unknown> => import("@deltafuse/hooks/plain");\n'],
  ])("is refused in the form of %s", (_form, text) => {
    using workspace = plantedWorkspace();
    workspace.write(planted("config"), text);
    expect(workspace.lint().text).toContain("@deltafuse/config may not import @deltafuse/hooks");
  });
});

describe("schema naming native", () => {
  it("is refused by lint and the workspace check although native is to its left", () => {
    using workspace = plantedWorkspace();
    workspace.declare("packages/schema", "@deltafuse/native");
    workspace.write(
      planted("schema"),
      'import { native } from "@deltafuse/native/binding";\nexport const plant: number = native;\n',
    );
    expect(workspace.lint().text).toContain("@deltafuse/schema may not name @deltafuse/native");
    expect(workspaceProblems(workspace.directory)).toContain("@deltafuse/schema: may not depend on @deltafuse/native");
  });
});

describe("an undeclared dependency", () => {
  it("is refused by lint, boundaries and the compiler", () => {
    using workspace = plantedWorkspace();
    workspace.write(planted("telemetry"), 'import { z } from "zod";\nexport const plant: unknown = z;\n');
    expect(workspace.lint().text).toContain("@deltafuse/telemetry does not list zod in its package.json");
    expect(workspace.boundaries().text).toContain("zod");
    expect(workspace.compile("packages/telemetry").text).toContain("Cannot find module 'zod'");
  });
});

describe("a barrel", () => {
  it.each([
    ["export *", 'export * from "./plain.ts";\n'],
    ["export from", 'export { plain } from "./plain.ts";\n'],
    ["import and export", 'import { plain } from "./plain.ts";\nexport { plain };\n'],
  ])("is refused in the form of %s", (_form, text) => {
    using workspace = plantedWorkspace();
    workspace.write(planted("hooks"), text);
    expect(workspace.lint().text).toContain("deltafuse(no-reexport)");
  });
});

describe("another package's private file", () => {
  it("is refused by lint and the compiler when it is named by its subpath", () => {
    using workspace = plantedWorkspace();
    workspace.write(
      planted("hooks"),
      'import { hidden } from "@deltafuse/config/hidden";\nexport const plant: string = hidden;\n',
    );
    expect(workspace.lint().text).toContain('"@deltafuse/config/hidden" is private');
    expect(workspace.compile("packages/hooks").text).toContain("Cannot find module '@deltafuse/config/hidden'");
  });

  it("is refused by lint, boundaries and the compiler when it is reached by a relative path", () => {
    using workspace = plantedWorkspace();
    const path = "../../config/src/hidden.ts";
    workspace.write(planted("hooks"), `import { hidden } from "${path}";\nexport const plant: string = hidden;\n`);
    expect(workspace.lint().text).toContain(`"${path}" leaves @deltafuse/hooks`);
    expect(workspace.boundaries().text).toContain(path);
    expect(workspace.compile("packages/hooks").text).toContain("TS2878");
  });
});

describe("a package without its tag", () => {
  it("is refused by lint and the workspace check", () => {
    using workspace = plantedWorkspace();
    workspace.write("packages/udf/turbo.json", '{ "extends": ["//"] }');
    expect(workspace.lint().text).toContain("@deltafuse/udf has no tag");
    expect(workspaceProblems(workspace.directory)).toContain(
      "@deltafuse/udf: turbo.json must carry exactly one tag, it has 0",
    );
  });
});

describe("the shape of a file", () => {
  it.each([
    ["a cast", "export const plant = (value: unknown): string => value as string;\n", "no-cast"],
    ["a bare error", 'export function plant(): never {\n  throw new Error("no");\n}\n', "no-bare-error"],
    ["mutable state", "export let plant: number = 1;\n", "no-module-state"],
    ["a suppressed boundary", "// @boundaries-ignore\nexport const plant: number = 1;\n", "no-boundaries-ignore"],
  ])("refuses %s", (_what, text, rule) => {
    using workspace = plantedWorkspace();
    workspace.write(planted("hooks"), text);
    expect(workspace.lint().text).toContain(`deltafuse(${rule})`);
  });

  it("refuses a vague file name", () => {
    using workspace = plantedWorkspace();
    workspace.write("packages/hooks/src/utils.ts", "export const plant: number = 1;\n");
    expect(workspace.lint().text).toContain("deltafuse(noun-name)");
  });
});
