// The one way every cargo command of the repository is run, so that dependencies compile once for all of them.
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { buildId } from "./build-id.mjs";
import { protocPath } from "./protoc.mjs";
import { capture, root } from "../process.mjs";

/** `<user cache>/deltafuse`, shared by all clones on this machine. */
export function cacheDirectory() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "deltafuse");
  if (process.platform === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, "deltafuse");
  return join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache", "deltafuse");
}

const compiler = () => {
  const { code, stdout, text } = capture("rustc", ["-vV"]);
  const version = /^release: (\S+)/m.exec(stdout)?.[1];
  const host = /^host: (\S+)/m.exec(stdout)?.[1];
  if (code !== 0 || version === undefined || host === undefined) throw new Error(`rustc -vV failed:\n${text}`);
  return { version, host };
};

/** The crates of the benchmarks; each has one program of its own name, and none is part of the extension. */
export const benchmarkPackages = ["deltafuse-floor", "deltafuse-tpch-data"];

// Functions of equal code become one, where the linker is known to be lld.
const foldsCode = process.platform === "linux" ? { DELTAFUSE_FOLD_CODE: "1" } : {};

const profiles = {
  release: { flags: ["--release"], env: {} },
  published: { flags: ["--profile", "published", "--no-default-features"], env: foldsCode },
};

/**
 * The host triple, the shared target directory and the flags of this machine, for a profile of native/Cargo.toml: `release`
 * or `published`. napi passes `--target` always, so every command does: with and without it cargo compiles the dependencies
 * twice.
 */
export function cargoSettings(profile = "release") {
  const { version, host } = compiler();
  const targetDirectory = process.env.CARGO_TARGET_DIR ?? join(cacheDirectory(), `target-${version}`);
  mkdirSync(targetDirectory, { recursive: true });
  const id = buildId(root, profile);
  const { flags, env } = profiles[profile];
  return {
    host,
    profile,
    profileFlags: flags,
    targetDirectory,
    buildId: id,
    env: {
      CARGO_TARGET_DIR: targetDirectory,
      DELTAFUSE_BUILD_ID: id,
      PROTOC: process.env.PROTOC ?? protocPath(),
      ...env,
    },
    flags: [
      `--manifest-path=${join(root, "native", "Cargo.toml")}`,
      ...flags,
      "--locked",
      `--target=${host}`,
      "--package=deltafuse-engine",
      "--package=deltafuse-binding",
    ],
  };
}
