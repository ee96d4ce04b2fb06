// `npm test`: the Rust tests, the TypeScript tests and the packages as a consumer installs them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchmarkPrograms } from "./benchmark-programs.mjs";
import { consumerTests } from "./consumer.mjs";
import { rustCounts, summary, total, vitestCounts } from "./counts.mjs";
import { run, runObserved, spell } from "./process.mjs";
import { buildTypeScript } from "./typescript-build.mjs";

const node = process.execPath;

/** A step that only has to succeed: counted when it fails. */
async function required(title, start) {
  console.log(`\n== ${title}`);
  const code = await start();
  return { passed: 0, failed: code === 0 ? 0 : 1 };
}

async function rustTests() {
  console.log("\n== Rust tests");
  let output = "";
  const code = await runObserved(node, ["tools/native-test.mjs"], {
    onText: (text) => {
      output += text;
      process.stdout.write(text);
    },
  });
  return rustCounts(output, code);
}

async function typescriptTests(scratch, filters, env = {}) {
  console.log("\n== TypeScript tests");
  const report = join(scratch, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run("vitest", ["run", ...reporters, ...filters], { env });
  return vitestCounts(report, code);
}

async function everything(scratch) {
  let programs = {};
  const buildPrograms = async () => {
    const { code, env } = await benchmarkPrograms();
    programs = env;
    return code;
  };
  const built = [
    await required("Native extension", () => run(node, ["tools/native-build.mjs"])),
    await required("Programs of the benchmarks", buildPrograms),
    await required("TypeScript build", () => buildTypeScript()),
  ];
  const tested = [await rustTests(), await typescriptTests(scratch, [], programs), await consumerTests()];
  return [...built, ...tested];
}

/** Runs all tests, or with arguments the TypeScript tests whose path contains one of them; the exit code. */
export async function testAll(filters) {
  const started = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), "deltafuse-test-"));
  try {
    const counts = filters.length > 0 ? [await typescriptTests(scratch, filters)] : await everything(scratch);
    const sum = total(counts);
    console.log(`\nAll of it took ${spell(Date.now() - started)}.\n${summary(sum)}`);
    return sum.failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
