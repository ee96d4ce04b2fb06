import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instantiationsOf, TypeProgramError } from "../src/type-cost.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-types-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<string> {
  const path = join(folder, `${name}.mts`);
  await writeFile(path, text);
  return path;
}

const nested = (depth: number): string => `
  type Nested<N extends number, T extends unknown[] = []> = T["length"] extends N ? T : Nested<N, [...T, Partial<{ at: T }>]>;
  export const value: Nested<${depth}>["length"] = ${depth};`;

describe("what types cost", { timeout: 120_000 }, () => {
  it("is the same every time and in every order, and more for a type that is made of more", async () => {
    const paths = [await program("shallow", nested(5)), await program("deep", nested(40))];
    const [shallow = 0, deep = 0] = await instantiationsOf(paths);
    expect(shallow).toBeGreaterThan(0);
    expect(deep).toBeGreaterThan(shallow);
    expect(await instantiationsOf(paths.toReversed())).toEqual([deep, shallow]);
  });

  it("is not told of a program that does not compile", async () => {
    const wrong = await program("wrong", "export const text: string = 1;");
    await expect(instantiationsOf([wrong])).rejects.toEqual(
      new TypeProgramError("Type 'number' is not assignable to type 'string'."),
    );
  });
});
