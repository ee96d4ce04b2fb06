// What the lint rules need to know of the workspace: packages, their tags, their declared dependencies, their exports.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

const memoized = (compute) => {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key);
  };
};

const packageDirectories = (root) => [
  ...readdirSync(join(root, "packages")).map((name) => join(root, "packages", name)),
  ...["native", "benchmarks", "examples"].map((name) => join(root, name)),
];

const describe = (directory) => {
  const manifest = readJson(join(directory, "package.json"));
  const turbo = join(directory, "turbo.json");
  const tags = existsSync(turbo) ? (readJson(turbo).tags ?? []) : [];
  return { directory, name: manifest.name, manifest, tag: tags[0] };
};

/** The workspace below `root`: packages by name, and the tags each tag may import. */
export const workspaceAt = memoized((root) => {
  const packages = packageDirectories(root)
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map(describe);
  const rules = readJson(join(root, "turbo.json")).boundaries.tags;
  const allowed = new Map(Object.entries(rules).map(([tag, rule]) => [tag, rule.dependencies.allow]));
  return { root, packages, byName: new Map(packages.map((one) => [one.name, one])), allowed };
});

const rootOf = memoized((directory) => {
  if (existsSync(join(directory, "pnpm-workspace.yaml"))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : rootOf(parent);
});

/** The workspace and the package that hold a file; `owner` is undefined for files of the root itself. */
export function placeOf(filename) {
  const root = rootOf(dirname(filename));
  if (root === undefined) return undefined;
  const workspace = workspaceAt(root);
  const owner = workspace.packages.find((one) => filename.startsWith(one.directory + sep));
  const within = owner === undefined ? "" : relative(owner.directory, filename).split(sep).join("/");
  return { workspace, owner, within };
}

/** `@scope/name` of `@scope/name/a/b`; undefined for relative, absolute, `#` and `node:` specifiers. */
export function packageNameOf(specifier) {
  if (/^(\.|\/|#|node:|file:|data:)/.test(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
