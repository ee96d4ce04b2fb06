import { expect, it } from "vitest";
import { isPermitted, licenceComplaints } from "../crate-licences.mjs";

it.each([
  "MIT",
  "MIT OR Apache-2.0",
  "MIT/Apache-2.0",
  "Apache-2.0 / GPL-3.0-only",
  "GPL-3.0-only OR MIT",
  "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
  "Apache-2.0 WITH LLVM-exception",
  "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
  "ISC AND (Apache-2.0 OR GPL-3.0-only) AND BSD-3-Clause",
  "(MIT OR GPL-3.0-only) AND Unicode-3.0",
  "GPL-3.0-only OR (MIT AND ISC)",
])("%s is permitted", (expression) => {
  expect(isPermitted(expression)).toBe(true);
});

it.each([
  "GPL-3.0-only",
  "LicenseRef-own",
  "MIT AND GPL-3.0-only",
  "GPL-3.0-only AND MIT OR AGPL-3.0-only",
  "(MIT OR ISC) AND SSPL-1.0",
  "MIT WITH Own-exception",
  "Apache-2.0 WITH",
  "(MIT",
  "MIT ISC",
  "",
])("%j is not", (expression) => {
  expect(isPermitted(expression)).toBe(false);
});

it("names the crates whose licence is not permitted", () => {
  const crate = (name: string, license: string | null) => ({ name, version: "1.2.3", license });
  const crates = [crate("fine", "MIT"), crate("closed", "SSPL-1.0"), crate("silent", null)];
  const todo = "use another one, or permit it in tools/crate-licences.mjs.";
  expect(licenceComplaints(crates)).toEqual([
    `The crate closed 1.2.3 is under SSPL-1.0: ${todo}`,
    `The crate silent 1.2.3 states no licence: ${todo}`,
  ]);
});
