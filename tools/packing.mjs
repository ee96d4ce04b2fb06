// The packages as they would be published: one tarball each.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./process.mjs";

/** Every package that is published: its name, its directory, its manifest. */
export function publishedPackages() {
  const directories = [...readdirSync(join(root, "packages")).map((name) => join("packages", name)), "native"];
  return directories.map((directory) => {
    const manifest = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"));
    return { name: manifest.name, directory, manifest };
  });
}

/** Packs one package into a folder; the path of the tarball. */
export function packInto(folder, { name, directory, manifest }) {
  const { code, text } = capture("pnpm", ["pack", "--pack-destination", folder], { cwd: join(root, directory) });
  if (code !== 0) throw new Error(`${name} cannot be packed:\n${text}`);
  return join(folder, `${name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
}
