import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectedContract } from "../src/contract.generated.ts";

const { contractVersion: expected } = expectedContract;
const loader = new URL("../../../tools/typescript-loader.mjs", import.meta.url).href;
const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;
const native = fileURLToPath(new URL("../../../native/", import.meta.url));
const library = readdirSync(native).find((name) => name.startsWith(`deltafuse.${process.platform}-`)) ?? "";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a session in a process where the built extension is changed, and gives what that rejected with. */
async function opened(change: string): Promise<unknown> {
  const path = join(folder, "changed.cjs");
  writeFileSync(path, `const real = require(${JSON.stringify(join(native, library))});\nmodule.exports = ${change};`);
  const program = `
    const { openSession } = await import("@deltafuse/session-core/session");
    const { parseProfile } = await import("@deltafuse/config/profile");
    const opening = openSession(parseProfile({ preset: "test", execution: { batchSize: 4096 } }));
    const error = await opening.then(() => ({}), (error) => error);
    console.log(JSON.stringify({ code: error.code, message: error.message, details: error.details }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--conditions=@deltafuse/source",
      `--import=data:text/javascript,${encodeURIComponent(register)}`,
      "--input-type=module",
      `--eval=${program}`,
    ],
    { cwd: new URL("..", import.meta.url), env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: path } },
  );
  return JSON.parse(stdout);
}

describe("opening a session", () => {
  it("refuses an extension of another contract, and says how to build the right one", async () => {
    const version = (number: number): string => `'"contractVersion":${number}'`;
    const change = `{ ...real, contract: () => real.contract().replace(${version(expected)}, ${version(2)}) }`;
    expect(await opened(change)).toMatchObject({
      code: "SESSION.CONTRACT_MISMATCH",
      message: expect.stringContaining("npm run build"),
      details: { expected, actual: 2, missing: [] },
    });
  });

  it("refuses an extension without an entrypoint", async () => {
    const change = `{ ...real, contract: () => real.contract().replace('"frame.explain"', '"frame.other"') }`;
    expect(await opened(change)).toMatchObject({
      code: "SESSION.CONTRACT_MISMATCH",
      details: { missing: ["entrypoint frame.explain"] },
    });
  });

  it("refuses an engine in which a setting has another value than was asked for", async () => {
    const change = `{ ...real, createSession: async (...call) => {
      const reply = await real.createSession(...call);
      const key = '"key":"datafusion.execution.batch_size","value":';
      return { ...reply, json: reply.json.replace(key + '"4096"', key + '"8192"') };
    } }`;
    expect(await opened(change)).toMatchObject({
      code: "SESSION.SETTING_NOT_APPLIED",
      details: { key: "datafusion.execution.batch_size", requested: "4096", effective: "8192" },
    });
  });
});
