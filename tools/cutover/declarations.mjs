// What the public modules declare, as their users see it: a hash for each exported name.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { nodesOf, parsed } from "./sources.mjs";

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext };
const printer = ts.createPrinter({ removeComments: true });

/** What a node of declarations says, comments and line breaks apart. */
export const saidBy = (node) =>
  printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replaceAll(/\s+/g, " ");

/** The hash of what was said. */
export const hashOf = (...texts) => createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16);

/** Whether a statement is exported. */
export const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

/** The names that a statement declares. */
export function namesOf(statement) {
  if (!ts.isVariableStatement(statement)) return statement.name === undefined ? [] : [statement.name.text];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}

/** What a statement declares: `{name, node, isExported}`. */
function declaredBy(statement) {
  if (ts.isExportDeclaration(statement)) {
    const elements = statement.exportClause?.elements ?? [];
    return elements.map((node) => ({ name: node.name.text, node, isExported: true }));
  }
  return namesOf(statement).map((name) => ({ name, node: statement, isExported: isExported(statement) }));
}

/** What the names are that a module imports from others of its package: `[name, {path, name}]`. */
function importsOf(statements, folder) {
  return statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    const elements = importClause?.namedBindings?.elements ?? [];
    if (!moduleSpecifier.text.startsWith(".")) return [];
    const path = join(folder, moduleSpecifier.text);
    return elements.map(({ name, propertyName }) => [name.text, { path, name: (propertyName ?? name).text }]);
  });
}

/** The declarations of a file: of a source those that the compiler makes of it. */
export function declarationText(path) {
  const text = readFileSync(path, "utf8");
  return path.endsWith(".d.ts") ? text : ts.transpileDeclaration(text, { fileName: path, compilerOptions }).outputText;
}

function readModule(path) {
  const { statements } = parsed({ path: "module.d.ts", text: declarationText(path) });
  return { declared: statements.flatMap(declaredBy), imports: new Map(importsOf(statements, dirname(path))) };
}

function moduleReader() {
  const known = new Map();
  return (path) => {
    if (!known.has(path)) known.set(path, readModule(path));
    return known.get(path);
  };
}

/** What a name stands for in a file; undefined for what is declared elsewhere. */
function meaningOf(name, path, { declared, imports }) {
  return imports.get(name) ?? (declared.some((one) => one.name === name) ? { path, name } : undefined);
}

/** Adds what the declaration of a name says, and what those say that it uses and that no user can name. */
function collect(at, { texts, seen, read, isPublic }) {
  const key = `${at.path} ${at.name}`;
  if (seen.has(key)) return;
  seen.add(key);
  const module = read(at.path);
  const nodes = module.declared.filter(({ name }) => name === at.name).map(({ node }) => node);
  texts.push(...nodes.map(saidBy));
  for (const { text } of nodes.flatMap(nodesOf).filter(ts.isIdentifier)) {
    const used = meaningOf(text, at.path, module);
    if (used !== undefined && !isPublic(used)) collect(used, { texts, seen, read, isPublic });
  }
}

/**
 * The exported names of modules, each with the hash of its declaration and of the declarations behind it that are not
 * public themselves. `modules`: the files of their sources or declarations, by name of the module.
 */
export function declarationsOf(modules) {
  const read = moduleReader();
  const paths = new Set(Object.values(modules));
  const exported = (path) => read(path).declared.filter((one) => one.isExported);
  const isPublic = ({ path, name }) => paths.has(path) && exported(path).some((one) => one.name === name);
  const entryOf = (path, name) => {
    const texts = [];
    collect({ path, name }, { texts, seen: new Set(), read, isPublic });
    return [name, hashOf(...texts.toSorted())];
  };
  const exportsOf = (path) => {
    const names = [...new Set(exported(path).map(({ name }) => name))];
    return Object.fromEntries(names.toSorted().map((name) => entryOf(path, name)));
  };
  return Object.fromEntries(Object.entries(modules).map(([module, path]) => [module, exportsOf(path)]));
}
