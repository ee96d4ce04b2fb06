import { expect, it } from "vitest";
import { listFilesTtl, memoryLimitBytes } from "../src/profile-query.ts";
import { resolved } from "./samples.ts";

it("answers how much memory there is", () => {
  expect(memoryLimitBytes(resolved({ memory: { limit: "25%" } }))).toBe(4 * 1024 ** 3);
  expect(memoryLimitBytes(resolved({ memory: { pool: "unbounded" } }))).toBeNull();
});

it("answers how long a listing is believed", () => {
  expect(listFilesTtl(resolved())).toBe(30_000);
  expect(listFilesTtl(resolved({ cache: "pinned" }))).toBeNull();
});
