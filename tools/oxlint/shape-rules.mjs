// The rules on the shape of a file: no barrels, no bare errors, no silent casts, no shared mutable state, noun names.
import { basename } from "node:path";

const rule = (description, create) => ({ meta: { type: "problem", docs: { description } }, create });

const reexport = "No re-exports: a public module is a subpath of its own, imported from where it is written.";

export const noReexport = rule("A module exports only what it declares.", (context) => {
  const imported = new Set();
  const report = (node) => context.report({ node, message: reexport });
  return {
    ImportDeclaration: (node) => node.specifiers.forEach((one) => imported.add(one.local.name)),
    ExportAllDeclaration: report,
    ExportNamedDeclaration: (node) => {
      if (node.source) report(node);
      else node.specifiers.filter((one) => imported.has(one.local.name)).forEach(report);
    },
  };
});

const builtinErrors = new Set(["Error", "TypeError", "RangeError", "SyntaxError", "AggregateError", "EvalError"]);

export const noBareError = rule("Failures are typed DeltaFuseErrors with a code.", (context) => {
  const check = (node) => {
    if (node.callee.type !== "Identifier" || !builtinErrors.has(node.callee.name)) return;
    context.report({ node, message: `No bare ${node.callee.name}: make a factory in this package's errors.ts.` });
  };
  return { NewExpression: check, CallExpression: check };
});

const isConst = (type) => type.type === "TSTypeReference" && type.typeName.name === "const";

export const noCast = rule("A cast carries its reason.", (context) => {
  const check = (node) => {
    if (isConst(node.typeAnnotation)) return;
    context.report({ node, message: 'No `as`: use blindCast<T, "reason">(value) of @deltafuse/config/casts.' });
  };
  return { TSAsExpression: check, TSTypeAssertion: check };
});

export const noModuleState = rule("No mutable state at module level.", (context) => ({
  Program: (program) => {
    for (const statement of program.body) {
      const declared = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (declared?.type !== "VariableDeclaration" || declared.kind === "const") continue;
      context.report({ node: declared, message: "No mutable state at module level: pass it as an argument." });
    }
  },
}));

const vagueNames = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "types",
  "index",
  "manager",
  "service",
  "facade",
]);

export const nounName = rule("A file is named after the one thing it holds.", (context) => ({
  Program: (node) => {
    const stem = basename(context.filename).split(".")[0];
    const vague = stem.split("-").find((word) => vagueNames.has(word) && (word === stem || word !== "types"));
    if (vague !== undefined)
      context.report({ node, message: `"${vague}" names no thing: name the file after what it holds.` });
  },
}));

export const noBoundariesIgnore = rule("The import order has no exceptions.", (context) => ({
  Program: () => {
    for (const comment of context.sourceCode.getAllComments()) {
      if (!comment.value.includes("@boundaries-ignore")) continue;
      context.report({
        loc: comment.loc,
        message: "@boundaries-ignore is not allowed: the import order has no exceptions.",
      });
    }
  },
}));
