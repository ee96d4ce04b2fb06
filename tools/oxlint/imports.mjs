// Every position in which a module names another one, as one visitor.
const textOf = (node) => (node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined);

const isResolve = (callee) =>
  callee.type === "MemberExpression" && callee.object.type === "MetaProperty" && callee.property.name === "resolve";

/** A visitor that calls `seen(specifier, node)` for static, dynamic, type, re-exported, required and mocked imports. */
export function importVisitor(seen) {
  const report = (source) => {
    const specifier = textOf(source?.type === "TSLiteralType" ? source.literal : source);
    if (specifier !== undefined) seen(specifier, source);
  };
  return {
    ImportDeclaration: (node) => report(node.source),
    ExportAllDeclaration: (node) => report(node.source),
    ExportNamedDeclaration: (node) => node.source && report(node.source),
    ImportExpression: (node) => report(node.source),
    TSImportType: (node) => report(node.source ?? node.argument),
    TSExternalModuleReference: (node) => report(node.expression),
    TSModuleDeclaration: (node) => report(node.id),
    CallExpression: (node) => {
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      if (isRequire || isResolve(node.callee)) report(node.arguments[0]);
    },
  };
}
