// The packages as they would be published: one tarball each.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./process.mjs";

/** Every package of a repository that is published: its name, its absolute directory, its manifest. */
export function publishedPackages(repository = root) {
  const directories = [...readdirSync(join(repository, "packages")).map((name) => join("packages", name)), "native"];
  return directories.map((one) => {
    const directory = join(repository, one);
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return { name: manifest.name, directory, manifest };
  });
}

/** Where the tarball of a package lies in a folder. */
export const tarballIn = (folder, { name, manifest }) =>
  join(folder, `${name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);

/** Packs one package into a folder; the path of the tarball. */
export function packInto(folder, one) {
  const { name, directory } = one;
  const { code, text } = capture("pnpm", ["pack", "--pack-destination", folder], { cwd: directory });
  if (code !== 0) throw new Error(`${name} cannot be packed:\n${text}`);
  return tarballIn(folder, one);
}
