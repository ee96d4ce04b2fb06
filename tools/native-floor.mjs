// Builds the two programs of the benchmarks beside the extension: the raw engine, and the generator of the data. The last
// lines tell where they lie, as `<name>=<path>`.
import { join } from "node:path";
import { benchmarkPackages, cargoSettings } from "./native/cargo.mjs";
import { withLock } from "./native/lock.mjs";
import { progressEnvironment, progressReader } from "./native/progress.mjs";
import { runObserved, spell } from "./process.mjs";

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

async function main() {
  const settings = cargoSettings();
  const onWait = (pid) => console.log(`Waiting for another build on this machine (process ${pid}).`);
  const code = await withLock(`${settings.targetDirectory}.lock`, { onWait }, () => build(settings));
  if (code !== 0) return code;
  for (const name of benchmarkPackages) {
    console.log(`${name}=${join(settings.targetDirectory, settings.host, "release", `${name}${suffix}`)}`);
  }
  return 0;
}

process.exitCode = await main();
