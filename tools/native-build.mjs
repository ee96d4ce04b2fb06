// Builds the native extension, unless the one that lies there is this very build: into native/ the one of a clone, with
// --publish into native/publish/ the one that is published.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cargoSettings } from "./native/cargo.mjs";
import { cloneFolder, extensionIn, loading, publishedFolder } from "./native/extension.mjs";
import { withLock } from "./native/lock.mjs";
import { announcement, progressEnvironment, progressReader, remember, temperatureOf } from "./native/progress.mjs";
import { capture, runObserved, spell } from "./process.mjs";

const askForId = `
  const binding = await import(process.argv[1]);
  process.stdout.write(String(JSON.parse(binding.contract()).buildId));
`;

/** What the two builds differ in; `folder` takes the extension. */
const clone = {
  profile: "release",
  folder: cloneFolder,
  napi: ["--output-dir", ".", "--js", "binding.js"],
};
const published = {
  profile: "published",
  folder: publishedFolder,
  napi: ["--output-dir", "publish", "--no-js"],
};

/** The id that the extension in a folder reports; undefined when there is none or it does not load. */
function presentId(folder) {
  const loader = join(cloneFolder, "binding.js");
  const path = extensionIn(folder);
  if (path === undefined || !existsSync(loader)) return undefined;
  const args = ["--input-type=module", "--eval", askForId, pathToFileURL(loader).href];
  const { code, stdout } = capture(process.execPath, args, { env: loading(path) });
  return code === 0 ? stdout : undefined;
}

const common =
  "--platform --esm --no-const-enum --manifest-path crates/binding/Cargo.toml --package-json-path package.json";
const packages = "--locked -p deltafuse-engine -p deltafuse-binding";

const napiArguments = ({ napi }, { profileFlags }) => [
  "build",
  ...common.split(" "),
  ...napi,
  ...profileFlags,
  "--dts",
  "binding.d.ts",
  "--",
  ...packages.split(" "),
];

async function build(kind, settings) {
  const temperature = temperatureOf(settings);
  console.log(`Building the native extension: ${announcement(temperature)}.`);
  const reader = progressReader({ label: "native extension", print: (line) => console.log(line) });
  const code = await runObserved(join(cloneFolder, "node_modules", ".bin", "napi"), napiArguments(kind, settings), {
    cwd: cloneFolder,
    env: { ...settings.env, ...progressEnvironment },
    onText: reader.onText,
  });
  const took = reader.end();
  if (code !== 0) {
    console.error(`The native extension was not built (${spell(took)}).`);
    return code;
  }
  remember(temperature, took);
  return verified(kind, { wanted: settings.buildId, took });
}

function verified({ folder }, { wanted, took }) {
  const present = presentId(folder);
  if (present === wanted) {
    console.log(`The native extension is built (${spell(took)}).`);
    return 0;
  }
  console.error(`The native extension was built, but reports the build id "${present}" instead of "${wanted}".`);
  return 1;
}

async function main(args) {
  const kind = args.includes("--publish") ? published : clone;
  const settings = cargoSettings(kind.profile);
  const lock = `${settings.targetDirectory}.lock`;
  const onWait = (pid) => console.log(`Waiting for another build on this machine (process ${pid}).`);
  return withLock(lock, { onWait }, async () => {
    if (presentId(kind.folder) === settings.buildId) {
      console.log("The native extension is up to date.");
      return 0;
    }
    return build(kind, settings);
  });
}

process.exitCode = await main(process.argv.slice(2));
