import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };

const run = promisify(execFile);
const modules = Object.values(packageJson.exports).flatMap((one) =>
  typeof one !== "string" && "@deltafuse/source" in one ? [one] : [],
);
let folder = "";

// A copy of the package where nothing but its dependencies is installed.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  cpSync(path("../src"), join(folder, "src"), { recursive: true });
  cpSync(path("../package.json"), join(folder, "package.json"));
  mkdirSync(join(folder, "node_modules/@deltafuse"), { recursive: true });
  symlinkSync(path("../../config"), join(folder, "node_modules/@deltafuse/config"), "dir");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program there prints, read as JSON. */
async function program(body: string): Promise<unknown> {
  const loader = new URL("../../../tools/typescript-loader.mjs", import.meta.url).href;
  const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;
  const args = [
    "--conditions=@deltafuse/source",
    `--import=data:text/javascript,${encodeURIComponent(register)}`,
    "--input-type=module",
    `--eval=const load = (name) => import(${JSON.stringify(pathToFileURL(folder).href)} + name);\n${body}`,
  ];
  // Package managers put folders of their own there.
  const { NODE_PATH: _elsewhere, ...env } = process.env;
  const { stdout } = await run(process.execPath, args, { cwd: folder, env, timeout: 60_000 });
  return JSON.parse(stdout);
}

describe("without the optional packages", () => {
  it("every module can be imported", async () => {
    const names = modules.map((one) => one["@deltafuse/source"].slice(1));
    const body = `
      const names = ${JSON.stringify(names)};
      const loaded = await Promise.all(names.map(load));
      console.log(JSON.stringify(names.filter((_, at) => typeof loaded[at] === "object")));`;
    expect(await program(body)).toEqual(names);
  });

  it("what needs one says so, and which", async () => {
    const body = `
      const { createTelemetry } = await load("/src/telemetry.ts");
      const { findingRecord } = await load("/src/record-kinds.ts");
      const telemetry = createTelemetry();
      telemetry.record(findingRecord, { severity: "info", category: "c", code: "C", message: "m" });
      const records = telemetry.recorder.snapshot();
      const { encodeJsonLine, decodeJsonLine } = await load("/src/json-lines.ts");
      const { encodeMessagePack, decodeMessagePack } = await load("/src/message-pack.ts");
      const { arrowSchema, encodeArrow, decodeArrow } = await load("/src/arrow.ts");
      const { diagnosticsOptions } = await load("/src/diagnostics.ts");
      const { openTelemetry } = await load("/src/open-telemetry.ts");
      const calls = {
        jsonLines: () => decodeJsonLine(encodeJsonLine(records[0])).record,
        encodeMessagePack: () => encodeMessagePack(records),
        decodeMessagePack: () => decodeMessagePack(new Uint8Array()),
        arrowSchema: () => arrowSchema(findingRecord),
        encodeArrow: () => encodeArrow(records),
        decodeArrow: () => decodeArrow(new Uint8Array()),
        openTelemetry: () => openTelemetry(),
        otel: () => diagnosticsOptions("otel"),
        jsonl: () => diagnosticsOptions("jsonl:records.jsonl"),
      };
      const outcomes = {};
      for (const [name, call] of Object.entries(calls)) {
        try {
          await call();
          outcomes[name] = "works";
        } catch ({ code, details }) {
          outcomes[name] = { code, details };
        }
      }
      console.log(JSON.stringify(outcomes));`;
    const missing = (name: string) => ({ code: "TELEMETRY.ENCODER_UNAVAILABLE", details: { package: name } });
    expect(await program(body)).toEqual({
      jsonLines: "works",
      encodeMessagePack: missing("@msgpack/msgpack"),
      decodeMessagePack: missing("@msgpack/msgpack"),
      arrowSchema: missing("apache-arrow"),
      encodeArrow: missing("apache-arrow"),
      decodeArrow: missing("apache-arrow"),
      openTelemetry: missing("@opentelemetry/api"),
      otel: missing("@opentelemetry/api"),
      jsonl: "works",
    });
  });
});
