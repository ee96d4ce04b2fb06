// The native extensions that are published: one for each target of `napi.targets`, in native/publish.
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { render } from "../generate-contract.mjs";
import { loading } from "../native/extension.mjs";
import { capture, root } from "../process.mjs";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

const askForContract = `
  const binding = await import(process.argv[1]);
  process.stdout.write(binding.contract());
`;

const hostPlatform = `${process.platform}-${process.arch}`;

/** The contract that a binary of this machine reports; null of another machine or when it does not load. */
function loadedContract(native, { path, platform }) {
  if (platform !== hostPlatform) return null;
  const args = ["--input-type=module", "--eval", askForContract, pathToFileURL(join(native, "binding.js")).href];
  const { code, stdout } = capture(process.execPath, args, { env: loading(path) });
  if (code !== 0) return { contract: "it does not load", features: [] };
  const contract = JSON.parse(stdout);
  return { contract: render(contract), features: contract.features };
}

async function targetsOf(native) {
  const { napi } = readJson(join(native, "package.json"));
  const require = createRequire(join(root, "native", "package.json"));
  const { parseTriple } = await import(pathToFileURL(require.resolve("@napi-rs/cli")).href);
  return napi.targets.map((triple) => {
    const { platformArchABI, platform, arch } = parseTriple(triple);
    const name = `${napi.binaryName}.${platformArchABI}.node`;
    return { triple, name, path: join(native, "publish", name), platform: `${platform}-${arch}` };
  });
}

/** The facts of step 6 about the repository's binaries. `buildId`: what they have to carry. */
export async function readBinaries(repository, buildId) {
  const native = join(repository, "native");
  const targets = await targetsOf(native);
  return targets.map((target) => {
    if (!existsSync(target.path)) return { ...target, isPresent: false };
    const content = readFileSync(target.path);
    return {
      ...target,
      isPresent: true,
      bytes: content.length,
      gzipBytes: gzipSync(content).length,
      hasBuildId: content.includes(buildId),
      loaded: loadedContract(native, target),
    };
  });
}

/** What a binary has to be: the committed contract, and the promises about its size. */
export function wantedOfBinaries(repository) {
  const contract = render(readJson(join(repository, "native", "contract.json")));
  const ceilings = readJson(join(repository, "benchmarks", "baselines", "ceilings.json"));
  const bytesOf = (id) => ceilings.find((one) => one.id === id).must.plus * 1e6;
  return { contract, budget: { bytes: bytesOf("size.stripped"), gzipBytes: bytesOf("size.gzip") } };
}

/** The native package with the binaries that are published instead of that of this machine, in a folder of its own. */
export function stagedNative({ name, directory, manifest }, binaries) {
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-native-"));
  const files = ["README.md", ...manifest.files].filter((file) => existsSync(join(directory, file)));
  for (const file of files) cpSync(join(directory, file), join(folder, file), { recursive: true });
  for (const binary of binaries) cpSync(binary.path, join(folder, binary.name));
  // What builds it is no part of what is published, and its versions are known to the workspace alone.
  const { devDependencies: _devDependencies, ...published } = manifest;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  return { name, directory: folder, manifest: published };
}
