// Runs the Rust tests against the dependencies that the extension was built with. Arguments go to `cargo test`.
import { cargoSettings } from "./native/cargo.mjs";
import { progressEnvironment, progressReader } from "./native/progress.mjs";
import { runObserved } from "./process.mjs";

const { env, flags } = cargoSettings();
const reader = progressReader({ label: "Rust tests", print: (line) => console.log(line) });
process.exitCode = await runObserved("cargo", ["test", ...flags, ...process.argv.slice(2)], {
  env: { ...env, ...progressEnvironment },
  onText: reader.onText,
});
reader.end();
