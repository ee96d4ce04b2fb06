// `npm run check`: every step with its name and time; all of them run, so that one round shows everything.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { benchmarkPrograms } from "./benchmark-programs.mjs";
import { capture, root, run, spell } from "./process.mjs";
import { buildTypeScript } from "./typescript-build.mjs";

const node = (...args) => run(process.execPath, args);

const generatedFiles = () => {
  const native = readdirSync(join(root, "native"), { withFileTypes: true });
  return native
    .filter((one) => one.isFile() && /\.(js|ts|json)$/.test(one.name))
    .map((one) => join("native", one.name));
};

const digests = () =>
  generatedFiles().map((path) => {
    const content = readFileSync(join(root, path));
    return `${path} ${createHash("sha256").update(content).digest("hex")}`;
  });

/** Generates the bindings, the wire types and the contract again and compares them with what lies there. */
async function generatedUpToDate() {
  const before = digests();
  const code = await node("tools/native-test.mjs", "export_");
  const changed = digests().filter((line) => !before.includes(line));
  for (const line of changed) console.error(`${line.split(" ")[0]} was out of date and is regenerated: commit it.`);
  return code === 0 && changed.length > 0 ? 1 : code;
}

async function crossChecked() {
  const { code, text } = capture("turbo", ["boundaries"]);
  if (code !== 0) console.error(text);
  return code;
}

/** The part of the benchmarks' counters and plans that takes seconds; `npm test` compares all of them. */
async function benchmarkFacts() {
  const { code, env } = await benchmarkPrograms();
  if (code !== 0) return code;
  const args = ["benchmarks/dist/main.js", "run", "--suite", "smoke", "--filter", "transfer.columns"];
  return run(process.execPath, args, { env });
}

const steps = [
  ["native extension", () => node("tools/native-build.mjs")],
  ["TypeScript build", () => buildTypeScript()],
  ["types of the tests", () => run("tsc", ["-p", "tsconfig.test.json"])],
  ["format: TypeScript, JavaScript, JSON", () => run("oxfmt", ["--check"])],
  ["format: Rust", () => run("cargo", ["fmt", "--manifest-path", "native/Cargo.toml", "--all", "--check"])],
  ["lint", () => run("oxlint", ["--deny-warnings"])],
  ["layers: turbo boundaries", crossChecked],
  ["layers, references, exports: workspace", () => node("tools/check-workspace.mjs")],
  ["versions: sherif", () => run("sherif", [])],
  ["unused files, exports, dependencies: knip", () => run("knip", ["--no-progress", "--no-config-hints"])],
  ["documentation: typedoc", () => run("typedoc", [])],
  ["packaging: publint and attw", () => node("tools/check-packages.mjs")],
  ["lint: clippy", () => node("tools/native-lint.mjs")],
  ["crates: one version of arrow and datafusion, licences", () => node("tools/check-crates.mjs")],
  ["generated native files", generatedUpToDate],
  ["generated contract", () => node("tools/generate-contract.mjs", "--check")],
  ["generated settings", () => node("tools/generate-settings.mjs", "--check")],
  ["generated functions", () => node("tools/generate-functions.mjs", "--check")],
  ["generated reference", () => node("tools/generate-reference.mjs", "--check")],
  ["error codes", () => node("tools/error-codes.mjs", "--check")],
  ["snippets", () => node("tools/embed-snippets.mjs", "--check")],
  ["hard cutover", () => node("tools/cutover.mjs")],
  ["counters and plans of the benchmarks", benchmarkFacts],
  ["clean tree", () => node("tools/check-tree.mjs")],
];

async function outcome([title, start]) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const code = await start();
  console.log(`${code === 0 ? "ok" : "FAILED"}: ${title}, ${spell(Date.now() - started)}`);
  return { title, code };
}

/** Runs the steps, or with arguments those whose title contains one of them; the exit code. */
export async function checkAll(filters) {
  const chosen = steps.filter(([title]) => filters.length === 0 || filters.some((filter) => title.includes(filter)));
  const outcomes = [];
  for (const step of chosen) outcomes.push(await outcome(step));
  const failed = outcomes.filter(({ code }) => code !== 0);
  const names = failed.map(({ title }) => title).join("; ");
  console.log(
    failed.length === 0 ? "\nEverything is in order." : `\n${failed.length} of ${chosen.length} failed: ${names}`,
  );
  return failed.length === 0 ? 0 : 1;
}
