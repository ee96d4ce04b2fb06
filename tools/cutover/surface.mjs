// What users of the packages can write: the API report that is committed as docs/api/surface.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { declaredCodes } from "../error-codes.mjs";
import { publishedPackages } from "../packing.mjs";
import { declarationsOf, hashOf, saidBy } from "./declarations.mjs";
import { parsed } from "./sources.mjs";
import { writtenNames } from "./written-names.mjs";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

const sorted = (names) => [...new Set(names)].toSorted();

/** The file behind an export: its source, or its declarations. */
function fileOf(target) {
  if (typeof target === "string") return target.endsWith(".js") ? target.replace(/\.js$/, ".d.ts") : null;
  return target["@deltafuse/source"] ?? target.types ?? null;
}

/** The files of the public modules of a package: `[module, path]`. */
export function modulesOf({ name, directory, manifest }) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const file = fileOf(target);
    return file === null ? [] : [[`${name}${subpath.slice(1)}`, join(directory, file)]];
  });
}

function errorCodesOf(modules) {
  return modules.flatMap(({ path, text }) =>
    /^packages\/[^/]+\/src\/errors\.ts$/.test(path) ? declaredCodes(text).map(({ code }) => code) : [],
  );
}

/** Declarations of `wire.d.ts`, by name: where they are and a hash of what they say, comments apart. */
export function wireTypes(text) {
  const tree = parsed({ path: "wire.d.ts", text });
  return new Map(
    tree.statements.flatMap((statement) => {
      if (statement.name === undefined) return [];
      const position = statement.getStart(tree);
      return [[statement.name.text, { hash: hashOf(saidBy(statement)), position }]];
    }),
  );
}

/** The lists of names, by the kind that a removed name of them has. */
const lists = {
  errorCode: "errorCodes",
  settingKey: "settingKeys",
  profileField: "profileFields",
  environmentVariable: "environmentVariables",
  entrypoint: "entrypoints",
  recordKind: "recordKinds",
};

/** A surface without names. */
export const nothing = {
  modules: {},
  ...Object.fromEntries(Object.values(lists).map((list) => [list, []])),
  wire: null,
};

/** The surface of a repository. */
export function surfaceOf(repository, sources) {
  const contract = readJson(join(repository, "native", "contract.json"));
  const types = wireTypes(readFileSync(join(repository, "native", "wire.d.ts"), "utf8"));
  const names = {
    errorCodes: [...contract.errorCodes, ...errorCodesOf(sources)],
    settingKeys: contract.settingKeys,
    entrypoints: contract.entrypoints.map(({ name }) => name),
    ...writtenNames(sources),
  };
  return {
    modules: declarationsOf(Object.fromEntries(publishedPackages(repository).flatMap(modulesOf))),
    ...Object.fromEntries(Object.values(lists).map((list) => [list, sorted(names[list])])),
    wire: {
      contractVersion: contract.contractVersion,
      types: Object.fromEntries([...types].map(([name, { hash }]) => [name, hash])),
    },
  };
}

/** The text of `docs/api/surface.json`. */
export const surfaceText = (surface) => `${JSON.stringify(surface, null, 2)}\n`;

/** Every name of a surface as `{kind, name}`. */
function entriesOf({ modules, ...surface }) {
  const of = (kind, names) => names.map((name) => ({ kind, name }));
  return [
    ...of("path", Object.keys(modules)),
    ...of("symbol", sorted(Object.values(modules).flatMap((exported) => Object.keys(exported)))),
    ...Object.entries(lists).flatMap(([kind, list]) => of(kind, surface[list])),
  ];
}

const keysOf = (entries) => new Set(entries.map(({ kind, name }) => `${kind} ${name}`));

/** Names that one surface has and the other has no more. */
export function removedNames(before, now) {
  const present = keysOf(entriesOf(now));
  return entriesOf(before).filter(({ kind, name }) => !present.has(`${kind} ${name}`));
}

/** Those of removed names that a surface has. */
export function returnedNames(removed, now) {
  const present = keysOf(entriesOf(now));
  return removed.filter(({ kind, name }) => present.has(`${kind} ${name}`));
}
