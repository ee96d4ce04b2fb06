// Builds the two programs of the benchmarks: the raw engine, and the generator of the data; into native/target/release, or with
// --publish, as the extension that is published, into native/target/published. The last lines tell where they lie, as
// `<name>=<path>`.
import { copyFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchmarkPackages, cargoSettings } from "./native/cargo.mjs";
import { withLock } from "./native/lock.mjs";
import { progressEnvironment, progressReader } from "./native/progress.mjs";
import { root, runObserved, spell } from "./process.mjs";

const suffix = process.platform === "win32" ? ".exe" : "";

async function build({ env, flags }) {
  const reader = progressReader({ label: "benchmark programs", print: (line) => console.log(line) });
  // The extension's packages are named so that dependencies keep its features; the targets keep them from being built.
  const targets = benchmarkPackages.flatMap((name) => [`--package=${name}`, `--bin=${name}`]);
  const code = await runObserved("cargo", ["build", ...flags, ...targets], {
    env: { ...env, ...progressEnvironment },
    onText: reader.onText,
  });
  const took = spell(reader.end());
  if (code !== 0) console.error(`The programs of the benchmarks were not built (${took}).`);
  else console.log(`The programs of the benchmarks are built (${took}).`);
  return code;
}

const isCopy = (from, to) => {
  const copied = statSync(to, { throwIfNoEntry: false });
  const built = statSync(from);
  return copied !== undefined && copied.size === built.size && copied.mtimeMs >= built.mtimeMs;
};

/** Out of the shared target directory, where the build of another clone would replace it. */
function fetched(name, { targetDirectory, host, profile }) {
  const from = join(targetDirectory, host, profile, `${name}${suffix}`);
  const to = join(root, "native", "target", profile, `${name}${suffix}`);
  if (!isCopy(from, to)) {
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
  return to;
}

async function main(args) {
  const settings = cargoSettings(args.includes("--publish") ? "published" : "release");
  const onWait = (pid) => console.log(`Waiting for another build on this machine (process ${pid}).`);
  return withLock(`${settings.targetDirectory}.lock`, { onWait }, async () => {
    const code = await build(settings);
    if (code !== 0) return code;
    for (const name of benchmarkPackages) console.log(`${name}=${fetched(name, settings)}`);
    return 0;
  });
}

process.exitCode = await main(process.argv.slice(2));
