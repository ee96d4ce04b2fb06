import { expect, it } from "vitest";
import { embedded } from "../embed-snippets.mjs";

const sources: Readonly<Record<string, string>> = {
  "a.ts": "import x;\n  // #region main\n  const one = 1;\n\n    two();\n  // #endregion\nend();\n",
  "out.txt": "1\n2\n",
};
const read = (path: string): string => sources[path] ?? "";

it("embeds a region without its indentation", () => {
  const document = "before\n<!-- snippet: a.ts#main -->\nstale\n<!-- /snippet -->\nafter\n";
  expect(embedded(document, read)).toBe(
    "before\n<!-- snippet: a.ts#main -->\n```ts\nconst one = 1;\n\n  two();\n```\n<!-- /snippet -->\nafter\n",
  );
});

it("embeds a whole file when no region is named", () => {
  const document = "<!-- snippet: out.txt -->\n<!-- /snippet -->";
  expect(embedded(document, read)).toBe("<!-- snippet: out.txt -->\n```text\n1\n2\n```\n<!-- /snippet -->");
});

it("leaves an up-to-date document as it is", () => {
  const document = embedded("<!-- snippet: a.ts#main -->\n<!-- /snippet -->", read);
  expect(embedded(document, read)).toBe(document);
});

it("refuses a region that does not exist", () => {
  const document = "<!-- snippet: a.ts#gone -->\n<!-- /snippet -->";
  expect(() => embedded(document, read)).toThrow('a.ts has no region "gone".');
});
