// The names that users of the packages can write: the API report that is committed as docs/api/surface.json.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { declaredCodes } from "../error-codes.mjs";
import { publishedPackages } from "../packing.mjs";
import { parsed } from "./sources.mjs";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

function namesOf(statement) {
  if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
    return statement.exportClause.elements?.map(({ name }) => name.text) ?? [];
  }
  if (!isExported(statement)) return [];
  if (!ts.isVariableStatement(statement)) return statement.name === undefined ? [] : [statement.name.text];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}

const sorted = (names) => [...new Set(names)].toSorted();

/** The file behind an export: its source, or its declarations. */
function fileOf(target) {
  if (typeof target === "string") return target.endsWith(".js") ? target.replace(/\.js$/, ".d.ts") : null;
  return target["@deltafuse/source"] ?? target.types ?? null;
}

function modulesOf({ name, directory, manifest }) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const file = fileOf(target);
    if (file === null) return [];
    const path = join(directory, file);
    const { statements } = parsed({ path, text: readFileSync(path, "utf8") });
    return [[`${name}${subpath.slice(1)}`, sorted(statements.flatMap(namesOf))]];
  });
}

function errorCodesOf(modules) {
  return modules.flatMap(({ path, text }) =>
    /^packages\/[^/]+\/src\/errors\.ts$/.test(path) ? declaredCodes(text).map(({ code }) => code) : [],
  );
}

/** Kinds of records, such as `deltafuse.query`, that the packages write. */
function recordKindsOf(sources) {
  const texts = sources.filter(({ path }) => /^packages\/[^/]+\/src\//.test(path)).map(({ text }) => text);
  return texts.flatMap((text) => Array.from(text.matchAll(/\bkind: "(deltafuse\.[a-z.-]+)"/g), ([, kind]) => kind));
}

const printer = ts.createPrinter({ removeComments: true });

/** Declarations of `wire.d.ts`, by name: where they are and a hash of what they say, comments apart. */
export function wireTypes(text) {
  const tree = parsed({ path: "wire.d.ts", text });
  return new Map(
    tree.statements.flatMap((statement) => {
      if (statement.name === undefined) return [];
      const said = printer.printNode(ts.EmitHint.Unspecified, statement, tree).replaceAll(/\s+/g, " ");
      const hash = createHash("sha256").update(said).digest("hex").slice(0, 16);
      return [[statement.name.text, { hash, position: statement.getStart(tree) }]];
    }),
  );
}

/** The names of a repository. */
export function surfaceOf(repository, sources) {
  const contract = readJson(join(repository, "native", "contract.json"));
  const types = wireTypes(readFileSync(join(repository, "native", "wire.d.ts"), "utf8"));
  return {
    modules: Object.fromEntries(publishedPackages(repository).flatMap(modulesOf)),
    errorCodes: sorted([...contract.errorCodes, ...errorCodesOf(sources)]),
    settingKeys: sorted(contract.settingKeys),
    entrypoints: sorted(contract.entrypoints.map(({ name }) => name)),
    recordKinds: sorted(recordKindsOf(sources)),
    wire: {
      contractVersion: contract.contractVersion,
      types: Object.fromEntries([...types].map(([name, { hash }]) => [name, hash])),
    },
  };
}

/** The text of `docs/api/surface.json`. */
export const surfaceText = (surface) => `${JSON.stringify(surface, null, 2)}\n`;

/** Every name of a surface as `{kind, name}`. */
function entriesOf({ modules, errorCodes, settingKeys, entrypoints, recordKinds }) {
  const of = (kind, names) => names.map((name) => ({ kind, name }));
  return [
    ...of("path", Object.keys(modules)),
    ...of("symbol", sorted(Object.values(modules).flat())),
    ...of("errorCode", errorCodes),
    ...of("settingKey", settingKeys),
    ...of("entrypoint", entrypoints),
    ...of("recordKind", recordKinds),
  ];
}

/** Names that one surface has and the other has no more. */
export function removedNames(before, now) {
  const present = new Set(entriesOf(now).map(({ kind, name }) => `${kind} ${name}`));
  return entriesOf(before).filter(({ kind, name }) => !present.has(`${kind} ${name}`));
}
