// Second ways to do one thing: old names that stay, aliases, probing for what may be missing.
import ts from "typescript";
import { lineAt, nodesOf, parsed } from "./sources.mjs";

const code = /\.(ts|mts|mjs|js|rs)$/;
const script = /\.(ts|mts|mjs|js)$/;
const packageSource = /^packages\/[^/]+\/src\//;

/** A text with its names in one form: `readOld`, `ReadOld` and `READ_OLD` are `read_old`. Lines stay where they are. */
const snakeCase = (text) => text.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_").toLowerCase();

const words = [
  [/@deprecated\b|#\[deprecated\b/g, "nothing is deprecated: what is replaced is removed"],
  [/(?<![a-z])(legacy|compat|backwards?|shims?|polyfills?)(?![a-z])/g, "no code is kept for what was before"],
];

function wordFindings({ path, text }) {
  const plain = snakeCase(text);
  return words.flatMap(([pattern, what]) =>
    Array.from(plain.matchAll(pattern), (match) => ({
      gate: "compatibility",
      path,
      line: lineAt(plain, match.index),
      what: `"${match[0]}": ${what}`,
    })),
  );
}

const isVersioned = (name) => /^(?!(is|has|was)_)\w+_(v\d+|new|old)$/.test(snakeCase(name));
const versioned = (name) => `${name}: a name does not tell which version of something it is`;

function importedNames(tree) {
  const clauses = tree.statements.filter(ts.isImportDeclaration).flatMap((one) => one.importClause ?? []);
  const bindings = clauses.flatMap(({ namedBindings }) =>
    namedBindings !== undefined && ts.isNamedImports(namedBindings) ? [...namedBindings.elements] : [],
  );
  return new Set(bindings.map(({ name }) => name.text));
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

/** A name that only stands for another one. */
function aliasOf(node, imported) {
  if (ts.isExportSpecifier(node) && node.propertyName !== undefined) return node.propertyName.text;
  if (ts.isVariableStatement(node) && isExported(node)) {
    const found = node.declarationList.declarations.find(
      ({ initializer }) => initializer !== undefined && ts.isIdentifier(initializer) && imported.has(initializer.text),
    );
    return found?.initializer.text;
  }
  if (!ts.isTypeAliasDeclaration(node) || !isExported(node) || !ts.isTypeReferenceNode(node.type)) return undefined;
  const { typeName, typeArguments } = node.type;
  const isPlain = ts.isIdentifier(typeName) && typeArguments === undefined;
  return isPlain && imported.has(typeName.text) ? typeName.text : undefined;
}

/** Whether a failure of a node would be caught where it is. */
function isInsideTry(node) {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    if (ts.isTryStatement(at.parent) && at.parent.tryBlock === at && at.parent.catchClause !== undefined) return true;
  }
  return false;
}

const isImportCall = (node) =>
  ts.isCallExpression(node) &&
  (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === "require"));

const isOptionalCall = (node, names) =>
  ts.isCallExpression(node) &&
  node.questionDotToken !== undefined &&
  ts.isPropertyAccessExpression(node.expression) &&
  names.has(node.expression.name.text);

const ownManifest = /^@deltafuse\/[a-z-]+\/package\.json$/;

/** What a node of a package's source does that it must not; nothing for most. */
function sourceComplaint(node, { entrypoints }) {
  if (isOptionalCall(node, entrypoints)) return `the native entrypoint ${node.expression.name.text} is always there`;
  if (isImportCall(node) && isInsideTry(node)) return "an import is not tried, what is imported is there";
  if (ts.isStringLiteral(node) && ownManifest.test(node.text)) return `the version of ${node.text} decides nothing`;
  return undefined;
}

function complaint(node, { imported, ...facts }) {
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
    return "what another module has is not exported";
  const alias = aliasOf(node, imported);
  if (alias !== undefined) return `${alias} is exported under another name: one thing has one name`;
  if (
    !ts.isImportSpecifier(node) &&
    node.name !== undefined &&
    ts.isIdentifier(node.name) &&
    isVersioned(node.name.text)
  ) {
    return versioned(node.name.text);
  }
  return facts.isPackage ? sourceComplaint(node, facts) : undefined;
}

function scriptFindings(source, { entrypoints }) {
  const tree = parsed(source);
  const facts = { imported: importedNames(tree), entrypoints, isPackage: packageSource.test(source.path) };
  return nodesOf(tree).flatMap((node) => {
    const what = complaint(node, facts);
    return what === undefined
      ? []
      : [{ gate: "compatibility", path: source.path, line: lineAt(source.text, node.getStart(tree)), what }];
  });
}

const rustName = /\b(?:fn|struct|enum|trait|type|mod|const|static|let(?: mut)?) (\w+)/g;
const rustConstructor = /^fn \w+_new$/;

function rustFindings({ path, text }) {
  const found = Array.from(text.matchAll(rustName)).filter(
    ([declared, name]) => isVersioned(name) && !rustConstructor.test(declared),
  );
  return found.map(({ 1: name, index }) => ({
    gate: "compatibility",
    path,
    line: lineAt(text, index),
    what: versioned(name),
  }));
}

/** What stands in the code for what was before. `entrypoints`: names of the methods of the native extension. */
export function compatibilityFindings(sources, { entrypoints }) {
  return sources
    .filter(({ path }) => code.test(path))
    .flatMap((source) => [
      ...wordFindings(source),
      ...(source.path.endsWith(".rs") ? rustFindings(source) : []),
      ...(script.test(source.path) && !source.path.endsWith(".d.ts") ? scriptFindings(source, { entrypoints }) : []),
    ]);
}
