// The protocol buffer compiler that the build of the substrait crate calls: the one of the crate protoc-bin-vendored.
import { dirname, join } from "node:path";
import { capture, root } from "../process.mjs";

const architectures = { x64: "x86_64", arm64: "aarch_64" };
const systems = { linux: "linux", darwin: "macos" };

const crateName = () =>
  process.platform === "win32"
    ? "protoc-bin-vendored-win32"
    : `protoc-bin-vendored-${systems[process.platform]}-${architectures[process.arch]}`;

/** Path of protoc in cargo's registry folder, which is filled first. */
export function protocPath() {
  const manifest = join(root, "native", "Cargo.toml");
  const { code, stdout, text } = capture("cargo", [
    "metadata",
    "--locked",
    "--format-version=1",
    `--manifest-path=${manifest}`,
  ]);
  if (code !== 0) throw new Error(`cargo metadata failed:\n${text}`);
  const name = crateName();
  const crate = JSON.parse(stdout).packages.find((candidate) => candidate.name === name);
  if (crate === undefined)
    throw new Error(`The crate ${name} is not in native/Cargo.lock: set PROTOC to a protoc of yours.`);
  return join(dirname(crate.manifest_path), "bin", process.platform === "win32" ? "protoc.exe" : "protoc");
}
