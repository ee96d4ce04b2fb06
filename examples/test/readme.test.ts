import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "./program.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-readme-"));
});

afterAll(() => rm(folder, { recursive: true }));

it("the example of the README prints what the README shows, the first time and again", async () => {
  const printed = await readFile(new URL("../readme/output.txt", import.meta.url), "utf8");
  const end = { code: 0, stdout: printed, stderr: "" };
  expect(await runProgram("readme/example.ts", { cwd: folder })).toEqual(end);
  expect(await runProgram("readme/example.ts", { cwd: folder })).toEqual(end);
});
