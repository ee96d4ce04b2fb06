// What the manifests of the workspace must agree on: tags, layers, references, exports, READMEs.
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { workspaceAt } from "./oxlint/workspace.mjs";
import { root } from "./process.mjs";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const nativeImporters = () => [
  "app",
  ...readJson(join(root, ".oxlintrc.json")).rules["deltafuse/native-importers"][1].allow,
];

const declared = ({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

function tagProblems({ name, directory, tag }, { allowed }) {
  const file = join(directory, "turbo.json");
  const tags = existsSync(file) ? (readJson(file).tags ?? []) : [];
  if (tags.length !== 1) return [`${name}: turbo.json must carry exactly one tag, it has ${tags.length}`];
  return allowed.has(tag) ? [] : [`${name}: the tag "${tag}" is not in the boundaries of turbo.json`];
}

function layerProblems(owner, { byName, allowed }) {
  return declared(owner).flatMap((name) => {
    const target = byName.get(name);
    if (target === undefined) return [];
    if (!allowed.get(owner.tag)?.includes(target.tag))
      return [`${owner.name}: depends on ${name}, which is not to its left`];
    const isNative = target.tag === "pkg:native" && !nativeImporters().includes(owner.tag);
    return isNative ? [`${owner.name}: may not depend on ${name}`] : [];
  });
}

function referenceProblems(owner, { byName, packages }) {
  const file = join(owner.directory, "tsconfig.json");
  if (!existsSync(file)) return owner.tag === "pkg:native" ? [] : [`${owner.name}: tsconfig.json is missing`];
  const referenced = (readJson(file).references ?? []).map(({ path }) => resolve(owner.directory, path));
  const names = new Set(packages.filter((one) => referenced.includes(one.directory)).map((one) => one.name));
  const wanted = new Set(
    declared(owner).filter((name) => existsSync(join(byName.get(name)?.directory ?? "/", "tsconfig.json"))),
  );
  return [
    ...[...wanted]
      .filter((name) => !names.has(name))
      .map((name) => `${owner.name}: tsconfig.json lacks the reference to ${name}`),
    ...[...names]
      .filter((name) => !wanted.has(name))
      .map((name) => `${owner.name}: tsconfig.json refers to ${name}, which package.json does not list`),
  ];
}

function targetProblem({ name, directory }, [subpath, target]) {
  // The chunks of the bundle, which only other packages of ours import.
  if (subpath === "./chunk-*") {
    const isPrivate = target.types === null && target.default === "./dist/chunk-*";
    return isPrivate ? undefined : `${name}: the export "./chunk-*" has no types and defaults to ./dist/chunk-*`;
  }
  if (typeof target === "string") {
    return existsSync(join(directory, target)) ? undefined : `${name}: the export "${subpath}" has no file ${target}`;
  }
  const source = target["@deltafuse/source"];
  if (source === undefined) return undefined;
  if (!existsSync(join(directory, source))) return `${name}: the export "${subpath}" has no file ${source}`;
  const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ".js");
  return target.default === built ? undefined : `${name}: the export "${subpath}" must default to ${built}`;
}

function exportProblems(owner) {
  const { exports, private: isPrivate } = owner.manifest;
  if (exports === undefined) return isPrivate ? [] : [`${owner.name}: package.json has no exports`];
  if (Object.hasOwn(exports, ".")) return [`${owner.name}: exports "." (every public module is a subpath of its own)`];
  return Object.entries(exports)
    .map((entry) => targetProblem(owner, entry))
    .filter((one) => one !== undefined);
}

function filesProblems({ name, manifest, tag }) {
  if (tag === "app" || tag === "pkg:native" || manifest.files?.includes("!dist/.tsbuildinfo")) return [];
  return [`${name}: "files" of package.json must leave out "!dist/.tsbuildinfo"`];
}

function readmeProblems({ name, directory, tag }) {
  const file = join(directory, "README.md");
  if (!existsSync(file)) return tag === "app" ? [] : [`${name}: README.md is missing`];
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").length;
  return lines <= 60 ? [] : [`${name}: README.md has ${lines} lines, at most 60 are allowed`];
}

function solutionProblems({ packages }) {
  const listed = (readJson(join(root, "tsconfig.json")).references ?? []).map(({ path }) => resolve(root, path));
  return packages
    .filter((one) => existsSync(join(one.directory, "tsconfig.json")) && !listed.includes(one.directory))
    .map((one) => `tsconfig.json: lacks the reference to ${relative(root, one.directory)}`);
}

/** Every disagreement of the workspace at `directory`, one sentence each. */
export function workspaceProblems(directory) {
  const workspace = workspaceAt(directory);
  const checks = [tagProblems, layerProblems, referenceProblems, exportProblems, filesProblems, readmeProblems];
  return workspace.packages.flatMap((one) => checks.flatMap((check) => check(one, workspace)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = [...workspaceProblems(root), ...solutionProblems(workspaceAt(root))];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
