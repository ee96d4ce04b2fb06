import { expect, it } from "vitest";
import { lazyConstant } from "../src/lazy-constant.ts";

it("is computed when it is first asked for and never again, also when it is undefined", () => {
  const told: string[] = [];
  const constant = lazyConstant(() => void told.push("computed"));
  expect(told).toEqual([]);
  expect([constant(), constant()]).toEqual([undefined, undefined]);
  expect(told).toEqual(["computed"]);
});
