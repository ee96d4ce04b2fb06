// The commands of the repository: start, test, check, build, bench and what follows it. Installs what is missing first.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { benchmarkPrograms } from "./benchmark-programs.mjs";
import { machineProblems } from "./machine.mjs";
import { extensionIn, loading, publishedFolder } from "./native/extension.mjs";
import { root, run } from "./process.mjs";
import { buildTypeScript } from "./typescript-build.mjs";

/** A new clone has no node_modules; after a pull the lock file is newer than what was installed. */
function needsInstall() {
  const installed = join(root, "node_modules", ".pnpm-workspace-state-v1.json");
  if (!existsSync(join(root, "node_modules", ".modules.yaml")) || !existsSync(installed)) return true;
  return statSync(join(root, "pnpm-lock.yaml")).mtimeMs > statSync(installed).mtimeMs;
}

async function install() {
  if (!needsInstall()) return 0;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Installing the packages with ${packageManager} (from the network, about a minute the first time).`);
  return run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"]);
}

const buildNative = (args = []) => run(process.execPath, ["tools/native-build.mjs", ...args]);

async function compile(project) {
  console.log("Compiling the TypeScript packages.");
  return buildTypeScript(project);
}

/** Runs the steps in order until one fails; the exit code of the last one that ran. */
async function inOrder(...steps) {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
}

/** Runs a compiled program; INIT_CWD tells it where the command was typed. */
const program =
  (path, args, env = {}) =>
  () =>
    run(process.execPath, [path, ...args], { env: { INIT_CWD: process.env.INIT_CWD ?? process.cwd(), ...env } });

/** A command of the benchmarks; all but `list` measure, and need what is measured beside the extension. */
async function benchmark(name, args) {
  const kind = /--profile[ =]published\b/.test(args.join(" ")) ? ["--publish"] : [];
  const built = await buildNative(kind);
  if (built !== 0) return built;
  const programs = name === "list" ? { code: 0, env: {} } : await benchmarkPrograms(kind);
  if (programs.code !== 0) return programs.code;
  const env = { ...programs.env, ...(kind.length > 0 ? loading(extensionIn(publishedFolder)) : {}) };
  return inOrder(() => compile("benchmarks"), program("benchmarks/dist/main.js", [name, ...args], env));
}

const commands = {
  start: (args) =>
    inOrder(
      () => buildNative(),
      () => compile("examples"),
      program("examples/dist/quickstart/main.js", args),
    ),
  build: () =>
    inOrder(
      () => buildNative(),
      () => compile(),
    ),
  bench: (args) => benchmark("run", args),
  "bench:gate": (args) => benchmark("gate", args),
  "bench:update": (args) => benchmark("update", args),
  "bench:compare": (args) => benchmark("compare", args),
  "bench:list": (args) => benchmark("list", args),
  "bench:report": (args) =>
    inOrder(() => compile("benchmarks"), program("benchmarks/dist/main.js", ["report", ...args])),
  test: async (args) => (await import("./test-all.mjs")).testAll(args),
  release: (args) => run(process.execPath, ["tools/release.mjs", ...args]),
  check: async (args) => (await import("./check-all.mjs")).checkAll(args),
};

async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (command === undefined) {
    console.error(`Usage: node tools/run.mjs ${Object.keys(commands).join(" | ")}`);
    return 2;
  }
  const problems = machineProblems();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  const installed = await install();
  return installed === 0 ? command(args) : installed;
}

process.exitCode = await main(process.argv.slice(2));
