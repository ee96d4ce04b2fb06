import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { planDigests } from "./plan-digests.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";

const loader = new URL("../../../tools/typescript-loader.mjs", import.meta.url).href;
const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;
const program = fileURLToPath(new URL("programs/print-plan-digests.ts", import.meta.url));

function filled(folder: TestFolder, place: string): string {
  folder.write(`${place}/flights/month=1/a.csv`, "origin,delay\nATL,5\nORD,-2\n");
  folder.write(`${place}/flights/month=2/a.csv`, "origin,delay\nATL,7\n");
  folder.write(`${place}/airports.csv`, "code,name\nATL,Atlanta\n");
  return folder.path(place);
}

async function inProcess(folder: string, cwd: string): Promise<unknown> {
  const args = ["--conditions=@deltafuse/source", `--import=data:text/javascript,${encodeURIComponent(register)}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, program, folder], { cwd, timeout: 280_000 });
  return JSON.parse(stdout);
}

it("gives a plan the same digests in another process, in another folder, over files at another path", async () => {
  using here = testFolder();
  using there = testFolder();
  const own = await planDigests(filled(here, "data"));
  expect(new Set(own.flatMap((digests) => Object.values(digests))).size).toBe(own.length * 5);
  expect(await inProcess(filled(there, "deep/er/files"), there.path("."))).toEqual(own);
  expect(await planDigests(filled(there, "again"))).toEqual(own);
}, 300_000);
