// Hard cutover: nothing of what was replaced is left. Part of `npm run check`.
//
//   node tools/cutover.mjs                                       names what is left, by file and line
//   node tools/cutover.mjs --update [--sentence 'replace `a` with `b`']
//       writes the public API to docs/api/surface.json, and the names that went to docs/api/removed.json with the sentence
//       of the changeset
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { compatibilityFindings } from "./cutover/compatibility.mjs";
import { constantFindings } from "./cutover/constants.mjs";
import { contractFindings } from "./cutover/contract.mjs";
import { withExceptions } from "./cutover/exceptions.mjs";
import { isReplacement, removedFindings, sentenceForm } from "./cutover/removed.mjs";
import { lineAt, readSources } from "./cutover/sources.mjs";
import { nothing, removedNames, returnedNames, surfaceOf, surfaceText } from "./cutover/surface.mjs";
import { root } from "./process.mjs";

const surfacePath = join("docs", "api", "surface.json");
const removedPath = join("docs", "api", "removed.json");
const exceptionPath = join("tools", "cutover", "exceptions.json");

function readState(repository) {
  const text = (path, otherwise) =>
    existsSync(join(repository, path)) ? readFileSync(join(repository, path), "utf8") : otherwise;
  const sources = readSources(repository);
  const removedText = text(removedPath, "[]");
  const exceptionText = text(exceptionPath, "[]");
  return {
    sources,
    surface: surfaceOf(repository, sources),
    committed: JSON.parse(text(surfacePath, JSON.stringify(nothing))),
    removedText,
    removed: JSON.parse(removedText),
    wireText: text(join("native", "wire.d.ts"), ""),
    exceptionText,
    exceptions: JSON.parse(exceptionText),
  };
}

/** The line of the committed report where it is no longer that of the tree. */
function surfaceFindings({ committed, surface }) {
  const [before, now] = [surfaceText(committed), surfaceText(surface)];
  if (before === now) return [];
  const lines = now.split("\n");
  const at = before.split("\n").findIndex((line, index) => line !== lines[index]);
  const position = before.split("\n").slice(0, at).join("\n").length + 1;
  const what = "the public API is not that of the tree: run node tools/cutover.mjs --update, and review what changed";
  return [{ gate: "public API", path: surfacePath, line: lineAt(before, position), what }];
}

/** What is wrong with the list of removed names: names that are in use, and sentences that do not tell what replaces them. */
function listFindings({ removed, removedText, surface }) {
  const told = ({ name }, what) => {
    const line = lineAt(removedText, removedText.indexOf(`"name": ${JSON.stringify(name)}`));
    return { gate: "removed names", path: removedPath, line, what: `${name} ${what}` };
  };
  const returned = returnedNames(removed, surface);
  const unclear = removed.filter(({ sentence }) => !isReplacement(sentence));
  return [
    ...returned.map((one) => told(one, "is there again: take it off the list if that is meant")),
    ...unclear.map((one) => told(one, `has another sentence than ${sentenceForm}`)),
  ];
}

/** Everything that is left of what was before in a repository: `{gate, path, line, what}`. */
export function cutoverFindings(repository) {
  const state = readState(repository);
  const { sources, surface, committed, removed, wireText } = state;
  const entrypoints = new Set(surface.entrypoints.map((name) => name.split(".").at(-1)));
  const { contractVersion } = surface.wire;
  const found = [
    ...removedFindings(sources, removed),
    ...listFindings(state),
    ...compatibilityFindings(sources, { entrypoints }),
    ...constantFindings(sources, { settingKeys: new Set(surface.settingKeys) }),
    ...(committed.wire === null ? [] : contractFindings(wireText, { committed: committed.wire, contractVersion })),
    ...surfaceFindings(state),
  ];
  return withExceptions(found, state);
}

/** Writes the report and the list of removed names; sentences that stand against it. */
export function updateSurface(repository, sentence) {
  const { surface, committed, removed, wireText } = readState(repository);
  const { contractVersion } = surface.wire;
  const changed =
    committed.wire === null ? [] : contractFindings(wireText, { committed: committed.wire, contractVersion });
  if (changed.length > 0) return changed.map(({ path, line, what }) => `${path}:${line}: ${what}`);
  const gone = removedNames(committed, surface);
  if (gone.length > 0 && !isReplacement(sentence)) {
    const names = gone.map(({ name }) => name).join(", ");
    return [`${names} went: say with --sentence what replaces it, as in the changeset: ${sentenceForm}.`];
  }
  const known = removed.filter(({ kind, name }) => !gone.some((one) => one.kind === kind && one.name === name));
  const all = [...known, ...gone.map((one) => ({ ...one, sentence }))];
  mkdirSync(join(repository, "docs", "api"), { recursive: true });
  writeFileSync(join(repository, removedPath), `${JSON.stringify(all, null, 2)}\n`);
  writeFileSync(join(repository, surfacePath), surfaceText(surface));
  return [];
}

function main(args) {
  const options = { update: { type: "boolean", default: false }, sentence: { type: "string" } };
  const { values } = parseArgs({ args, options });
  const complaints = values.update
    ? updateSurface(root, values.sentence)
    : cutoverFindings(root).map(({ gate, path, line, what }) => `${path}:${line}: ${gate}: ${what}`);
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
