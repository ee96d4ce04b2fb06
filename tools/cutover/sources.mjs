// The text of the repository, file by file, as the gates read it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { capture } from "../process.mjs";

const textFile = /\.(ts|mts|mjs|js|rs|json|md|txt|yaml|toml)$/;
/** What tells of the past by its nature, what is generated elsewhere, and what others wrote. */
const leftOut = [
  /^pnpm-lock\.yaml$/,
  /(^|\/)Cargo\.lock$/,
  /(^|\/)CHANGELOG\.md$/,
  /^\.changeset\//,
  /^docs\/(api|reference)\//,
  /^tools\/cutover\/exceptions\.json$/,
  /^benchmarks\/(baselines|queries)\//,
  /^native\/binding\.(js|d\.ts)$/,
];

/** Every text file that git knows or would add: `{path, text}`. */
export function readSources(repository) {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { code, stdout, text } = capture("git", args, { cwd: repository });
  if (code !== 0) throw new Error(`git does not list the files: ${text}`);
  const paths = stdout.split("\0").filter((path) => textFile.test(path) && !leftOut.some((one) => one.test(path)));
  return paths
    .filter((path) => existsSync(join(repository, path)))
    .map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }));
}

/** The number of the line in which a position of a text lies, from 1. */
export const lineAt = (text, position) => text.slice(0, position).split("\n").length;

/** The syntax tree of a TypeScript or JavaScript source. */
export const parsed = ({ path, text }) => typescript.createSourceFile(path, text, typescript.ScriptTarget.ES2022, true);

/** Every node of a tree, the outer ones first. */
export function nodesOf(tree) {
  const nodes = [];
  const visit = (node) => {
    nodes.push(node);
    typescript.forEachChild(node, visit);
  };
  visit(tree);
  return nodes;
}
