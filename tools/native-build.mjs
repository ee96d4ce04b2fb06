// Builds the native extension into native/, unless the one that lies there is this very build.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cargoSettings } from "./native/cargo.mjs";
import { withLock } from "./native/lock.mjs";
import { announcement, progressEnvironment, progressReader, remember, temperatureOf } from "./native/progress.mjs";
import { capture, root, runObserved, spell } from "./process.mjs";

const native = join(root, "native");

const askForId = `
  const binding = await import(process.argv[1]);
  process.stdout.write(String(JSON.parse(binding.contract()).buildId));
`;

/** The id that the extension in native/ reports; undefined when there is none or it does not load. */
function presentId() {
  const loader = join(native, "binding.js");
  if (!existsSync(loader) || !readdirSync(native).some((name) => name.endsWith(".node"))) return undefined;
  const args = ["--input-type=module", "--eval", askForId, pathToFileURL(loader).href];
  const { code, stdout } = capture(process.execPath, args);
  return code === 0 ? stdout : undefined;
}

const napiArguments = (
  "build --platform --esm --no-const-enum --release --manifest-path crates/binding/Cargo.toml " +
  "--package-json-path package.json --output-dir . --js binding.js --dts binding.d.ts -- --locked " +
  "-p deltafuse-engine -p deltafuse-binding"
).split(" ");

async function build(settings) {
  const temperature = temperatureOf(settings);
  console.log(`Building the native extension: ${announcement(temperature)}.`);
  const reader = progressReader({ label: "native extension", print: (line) => console.log(line) });
  const code = await runObserved(join(native, "node_modules", ".bin", "napi"), napiArguments, {
    cwd: native,
    env: { ...settings.env, ...progressEnvironment },
    onText: reader.onText,
  });
  const took = reader.end();
  if (code !== 0) {
    console.error(`The native extension was not built (${spell(took)}).`);
    return code;
  }
  remember(temperature, took);
  return verified(settings.buildId, took);
}

function verified(wanted, took) {
  const present = presentId();
  if (present === wanted) {
    console.log(`The native extension is built (${spell(took)}).`);
    return 0;
  }
  console.error(`The native extension was built, but reports the build id "${present}" instead of "${wanted}".`);
  return 1;
}

async function main() {
  const settings = cargoSettings();
  const lock = `${settings.targetDirectory}.lock`;
  const onWait = (pid) => console.log(`Waiting for another build on this machine (process ${pid}).`);
  return withLock(lock, { onWait }, async () => {
    if (presentId() === settings.buildId) {
      console.log("The native extension is up to date.");
      return 0;
    }
    return build(settings);
  });
}

process.exitCode = await main();
