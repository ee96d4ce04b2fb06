// Runs the Rust tests against the dependencies that the extension was built with: with arguments, which go to `cargo test`,
// those of the extension; without, those of the benchmarks' programs too.
import { benchmarkPackages, cargoSettings } from "./native/cargo.mjs";
import { progressEnvironment, progressReader } from "./native/progress.mjs";
import { runObserved } from "./process.mjs";

const { env, flags } = cargoSettings();
const reader = progressReader({ label: "Rust tests", print: (line) => console.log(line) });
const given = process.argv.slice(2);
const more = given.length > 0 ? given : benchmarkPackages.map((name) => `--package=${name}`);
process.exitCode = await runObserved("cargo", ["test", ...flags, ...more], {
  env: { ...env, ...progressEnvironment },
  onText: reader.onText,
});
reader.end();
