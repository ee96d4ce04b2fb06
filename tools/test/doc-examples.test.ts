import { describe, expect, it } from "vitest";
import { documented, publicFiles, publicScope, runExample } from "./doc-examples.ts";

const scope = await publicScope("config");
const files = publicFiles("config").map((file) => ({ name: file.pathname.replace(/.*\/packages\//, ""), file }));

describe.each(files)("the documentation of $name", ({ file }) => {
  const { examples, without } = documented(file);

  it("has an example for every function", () => {
    expect(without).toEqual([]);
  });

  it.each(examples)("has an example of $of that does what it says", async (example) => {
    await runExample(example, scope);
    expect(example.code).not.toBe("");
  });
});

describe("an example that is wrong", () => {
  it.each(["parseSize(1); // 2", "parseSize(1); // throws CONFIG.INVALID_SIZE", "parseSize(-1);", "parseSizes(1);"])(
    "fails: %s",
    async (code) => {
      await expect(runExample({ of: "parseSize", code }, scope)).rejects.toThrow();
    },
  );
});
