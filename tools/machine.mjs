// What this machine must have before anything is built; one sentence for each thing that is missing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./process.mjs";

const platforms = ["linux", "darwin", "win32"];
const architectures = ["x64", "arm64"];

const numbersOf = (version) => version.split(".").map(Number);

/** Whether the version `have` is at least `need`, both as `1.95` or `1.95.0`. */
export function isAtLeast(have, need) {
  const [haveMajor, haveMinor = 0] = numbersOf(have);
  const [needMajor, needMinor = 0] = numbersOf(need);
  return haveMajor > needMajor || (haveMajor === needMajor && haveMinor >= needMinor);
}

/** The sentence about the Node version, or undefined when it will do. */
export function nodeProblem(version) {
  if (isAtLeast(version, "20.19")) return undefined;
  return `DeltaFuse needs Node 20.19 or newer, but this is Node ${version}: install a newer Node and try again.`;
}

/** The sentence about the platform, or undefined when it will do. */
export function platformProblem(platform, architecture) {
  if (platforms.includes(platform) && architectures.includes(architecture)) return undefined;
  return `DeltaFuse does not support ${platform}-${architecture}: it builds on Linux, macOS and Windows, on x64 or arm64.`;
}

/** The sentence about Rust, or undefined when it will do; `version` is undefined when cargo or rustc did not run. */
export function rustProblem(version, needed) {
  if (version === undefined) {
    return `Rust is missing (no cargo and rustc on the PATH): install Rust ${needed} or newer with rustup and try again.`;
  }
  if (isAtLeast(version, needed)) return undefined;
  return `DeltaFuse needs Rust ${needed} or newer, but this is ${version}: run "rustup update stable" and try again.`;
}

/** The sentence about the C compiler, or undefined when one was found. */
export function compilerProblem(found) {
  if (found) return undefined;
  return "A C compiler is missing (no cc, gcc or clang on the PATH): install one (Debian: build-essential) and try again.";
}

const answers = (command) => capture(command, ["--version"]).code === 0;

const neededRust = () =>
  /rust-version = "([^"]+)"/.exec(readFileSync(join(root, "native", "Cargo.toml"), "utf8"))?.[1] ?? "1.95";

const rustVersion = () =>
  answers("cargo") ? /^rustc (\d+\.\d+\.\d+)/.exec(capture("rustc", ["--version"]).stdout)?.[1] : undefined;

/** Every sentence that keeps this machine from building DeltaFuse. */
export function machineProblems() {
  const early = [nodeProblem(process.versions.node), platformProblem(process.platform, process.arch)];
  if (early.some((one) => one !== undefined)) return early.filter((one) => one !== undefined);
  const hasCompiler = process.platform === "win32" || ["cc", "gcc", "clang"].some(answers);
  return [rustProblem(rustVersion(), neededRust()), compilerProblem(hasCompiler)].filter((one) => one !== undefined);
}
