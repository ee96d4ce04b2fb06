// Runs clippy as the compiler of our own crates only: `cargo clippy` would check all dependencies a second time.
import { benchmarkPackages, cargoSettings } from "./native/cargo.mjs";
import { progressEnvironment, progressReader } from "./native/progress.mjs";
import { runObserved } from "./process.mjs";

const { env, flags } = cargoSettings();
const reader = progressReader({ label: "clippy", print: (line) => console.log(line) });
process.exitCode = await runObserved(
  "cargo",
  ["build", ...flags, ...benchmarkPackages.map((name) => `--package=${name}`)],
  {
    env: { ...env, ...progressEnvironment, RUSTC_WORKSPACE_WRAPPER: "clippy-driver", CLIPPY_ARGS: "-Dwarnings" },
    onText: reader.onText,
  },
);
reader.end();
