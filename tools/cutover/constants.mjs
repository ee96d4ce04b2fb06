// Constants that are defined twice: setting keys, error codes, sizes.
import ts from "typescript";
import { lineAt, parsed } from "./sources.mjs";

const packageSource = /^packages\/[^/]+\/src\/.*\.ts$/;
const errorCode = /^[A-Z][A-Z0-9]*\.[A-Z][A-Z0-9_]*$/;
/** Smaller numbers are the same by accident. */
const smallestSize = 1000;

const operations = new Map([
  [ts.SyntaxKind.AsteriskToken, (left, right) => left * right],
  [ts.SyntaxKind.AsteriskAsteriskToken, (left, right) => left ** right],
  [ts.SyntaxKind.PlusToken, (left, right) => left + right],
  [ts.SyntaxKind.MinusToken, (left, right) => left - right],
]);

/** The number that an expression of numbers is; undefined for everything else. */
function numberOf(node) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return numberOf(node.expression);
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [numberOf(node.left), numberOf(node.right)];
  const operation = operations.get(node.operatorToken.kind);
  return left === undefined || right === undefined ? undefined : operation?.(left, right);
}

function valueOf(initializer, settingKeys) {
  if (initializer === undefined) return undefined;
  if (ts.isStringLiteral(initializer)) {
    const { text } = initializer;
    return settingKeys.has(text) || errorCode.test(text) ? text : undefined;
  }
  const number = numberOf(initializer);
  return number !== undefined && number >= smallestSize ? number : undefined;
}

function constantsOf(source, settingKeys) {
  const declarations = parsed(source)
    .statements.filter((one) => ts.isVariableStatement(one))
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  return declarations.flatMap((declaration) => {
    const value = valueOf(declaration.initializer, settingKeys);
    if (value === undefined || !ts.isIdentifier(declaration.name)) return [];
    const line = lineAt(source.text, declaration.getStart());
    return [{ name: declaration.name.text, value, path: source.path, line }];
  });
}

/** Two constants are one: the same text, or the same number under the same name. */
const isSame = (one, other) => one.value === other.value && (typeof one.value === "string" || one.name === other.name);

/** Constants of the packages that another module has too; the second one is told. */
export function constantFindings(sources, { settingKeys }) {
  const all = sources.filter(({ path }) => packageSource.test(path)).flatMap((one) => constantsOf(one, settingKeys));
  return all.flatMap((constant, at) => {
    const first = all.slice(0, at).find((other) => isSame(constant, other));
    if (first === undefined) return [];
    const { name, value, path, line } = constant;
    return [
      { gate: "constants", path, line, what: `${name} = ${value} is defined in ${first.path}:${first.line} already` },
    ];
  });
}
