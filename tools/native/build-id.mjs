// The identity of a native build: everything that decides what the extension does.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { lockedPackages } from "./lock-file.mjs";
import { root } from "../process.mjs";

const crates = ["binding", "engine"];

function filesBelow(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === "tests" || entry.name === "target" ? [] : filesBelow(path);
    return [path];
  });
}

const inputs = (repository) =>
  [
    ...crates.flatMap((name) => filesBelow(join(repository, "native", "crates", name))),
    join(repository, "native", "Cargo.toml"),
    join(repository, "native", "contract.json"),
    join(repository, "native", "package.json"),
    join(repository, ".cargo", "config.toml"),
  ].filter((path) => existsSync(path));

/**
 * sha256 over the crates of the extension (their tests apart), the contract that is part of it, the manifests, which name
 * the features, and what the lock file says about the packages these crates use. `profile`: of native/Cargo.toml; what is
 * published has an id of its own, so that no other build passes for it.
 */
export function buildId(repository = root, profile = "release") {
  const hash = createHash("sha256");
  const add = (name, content) => hash.update(`${name}\n${content.length}\n`).update(content);
  for (const path of inputs(repository).toSorted())
    add(relative(repository, path).split(sep).join("/"), readFileSync(path));
  const lock = readFileSync(join(repository, "native", "Cargo.lock"), "utf8");
  const names = crates.map((name) => `deltafuse-${name}`);
  add("native/Cargo.lock", Buffer.from(lockedPackages(lock, names).join("\n")));
  if (profile !== "release") add("profile", Buffer.from(profile));
  return hash.digest("hex");
}
