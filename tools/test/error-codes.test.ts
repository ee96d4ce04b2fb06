import { expect, it } from "vitest";
import { complaints, declaredCodes, render } from "../error-codes.mjs";

const source = `
/** Codes of the engine. */
export type EngineCode =
  /** It broke. Repair it. */
  | "ENGINE.BROKEN"
  | "ENGINE.BARE";

/** Details. */
export interface Details {
  /**
   * A name (like \`a.b\`) is
   * taken | reserved. Choose another one. Or none.
   */
  readonly "NAME.TAKEN": { readonly name: string };
  readonly other: "NAME.NO_MEMBER";
}

/** All. */
export const codes = ["NAME.TAKEN"];
`;

const broken = { code: "ENGINE.BROKEN", meaning: "It broke.", advice: "Repair it." };
const bare = { code: "ENGINE.BARE", meaning: "", advice: "" };
const taken = {
  code: "NAME.TAKEN",
  meaning: "A name (like `a.b`) is taken | reserved.",
  advice: "Choose another one. Or none.",
};

it("reads codes of unions and of tables of details with their comments", () => {
  expect(declaredCodes(source)).toEqual([broken, bare, taken]);
});

it("complains of codes without advice, declared twice, and of native codes that nobody declares", () => {
  const packages = [
    { name: "one", codes: [broken, bare] },
    { name: "two", codes: [broken] },
  ];
  expect(complaints(packages, ["ENGINE.BROKEN", "ENGINE.LOST"])).toEqual([
    "ENGINE.BARE (one) needs a comment: a sentence that says what it means, then what to do.",
    "ENGINE.BROKEN (two) is declared twice.",
    "ENGINE.LOST of the native extension is declared by no package.",
  ]);
});

it("lists the codes of a package in alphabetical order", () => {
  const page = render([{ name: "one", codes: [taken, broken] }]);
  expect(page.slice(page.indexOf("## one"))).toBe(
    [
      "## one",
      "",
      "| code | what it means | what to do |",
      "|---|---|---|",
      "| `ENGINE.BROKEN` | It broke. | Repair it. |",
      "| `NAME.TAKEN` | A name (like `a.b`) is taken \\| reserved. | Choose another one. Or none. |",
      "",
    ].join("\n"),
  );
});
