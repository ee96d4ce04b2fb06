// One page of the reference: what a public module exports, in Markdown, from its declarations.
import ts from "typescript";
import { isExported, namesOf } from "../cutover/declarations.mjs";
import { parsed } from "../cutover/sources.mjs";

const withoutLinks = (text) => text.replaceAll(/\{@link ([^}]+)\}/g, "`$1`");

const textOf = (comment) => withoutLinks(ts.getTextOfJSDocComment(comment) ?? "").trim();

const oneLine = (text) => text.replaceAll(/\s*\n\s*/g, " ");

const block = (code) => ["```ts", ...code.split("\n"), "```", ""];

const paragraphsOf = (text) => text.split(/\n\s*\n/);

/**
 * What the last comment before a declaration says: `{text, parameters: [{name, meaning}], examples}`. A paragraph behind
 * the meaning of a parameter is about the whole.
 */
function documentationOf({ jsDoc }) {
  const comment = jsDoc?.at(-1);
  const tags = [...(comment?.tags ?? [])];
  const tagged = (name) => tags.filter(({ tagName }) => tagName.text === name);
  const parameters = tagged("param").map((tag) => {
    const [meaning, ...rest] = paragraphsOf(textOf(tag.comment).replace(/^-\s*/, ""));
    return { name: tag.name.getText(), meaning: oneLine(meaning), rest };
  });
  const returned = tagged("returns").map((tag) => `Returns ${textOf(tag.comment)}`);
  const paragraphs = [textOf(comment?.comment), ...parameters.flatMap(({ rest }) => rest), ...returned];
  return {
    text: paragraphs.filter((one) => one !== "").join("\n\n"),
    parameters,
    examples: tagged("example").map((tag) => textOf(tag.comment)),
  };
}

/** The code of a declaration as a user would write it: without its comment and the words that only modules need. */
const codeOf = (node) => withoutLinks(node.getText()).replace(/^(export )?(declare )?/, "");

function declarationLines(node) {
  const { text, parameters, examples } = documentationOf(node);
  const list = parameters.map(({ name, meaning }) => `- \`${name}\`: ${meaning}`);
  return [
    ...(text === "" ? [] : [text, ""]),
    ...block(codeOf(node)),
    ...(list.length === 0 ? [] : [...list, ""]),
    ...examples.flatMap(block),
  ];
}

/** The declarations of a module by name, in the order of the source: overloads and types of the same name stay together. */
export function declaredNames(text) {
  const byName = new Map();
  const { statements } = parsed({ path: "module.d.ts", text });
  for (const node of statements.filter((one) => !ts.isImportDeclaration(one))) {
    for (const name of namesOf(node)) byName.set(name, [...(byName.get(name) ?? []), node]);
  }
  return [...byName].map(([name, nodes]) => ({ name, nodes, isExported: nodes.some(isExported) }));
}

function section({ name, nodes, isExported: exported }) {
  const remark = exported ? [] : ["It cannot be imported; declarations of this module use it.", ""];
  return [`## \`${name}\``, ...remark, ...nodes.flatMap(declarationLines)];
}

/** Modules that export many functions alike: a line of a table for each. */
function catalogue(declared) {
  const [first] = declared;
  const cell = (text) => oneLine(text).replaceAll("|", "\\|");
  const rows = declared.map(({ name, nodes: [node] }) => {
    const { text, parameters } = documentationOf(node);
    const meanings = parameters.map(({ meaning }) => meaning);
    return `| \`${name}\` | ${cell([text, ...meanings].join(" "))} |`;
  });
  return [
    `Each of the ${declared.length} functions has this signature:`,
    "",
    ...block(codeOf(first.nodes[0]).replace(`function ${first.name}`, "function name")),
    "| function | what it does |",
    "|---|---|",
    ...rows,
    "",
  ];
}

/** Whether all that a module declares are functions of one signature. */
export function isCatalogue(declared) {
  const signatures = new Set(declared.map(({ name, nodes }) => nodes.map(codeOf).join("\n").replace(name, "")));
  return declared.length > 20 && signatures.size === 1;
}

/** The names that a module takes from elsewhere: `{name, from}`, `from` as the module would be imported. */
function importedNames(text) {
  const { statements } = parsed({ path: "module.d.ts", text });
  return statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    const elements = importClause?.namedBindings?.elements ?? [];
    return [...elements].map(({ name, propertyName }) => ({
      name: (propertyName ?? name).text,
      from: moduleSpecifier.text,
    }));
  });
}

/**
 * The page of a module. `text`: its declarations; `pageOf(specifier)`: the path of the page of a module that it imports,
 * undefined where there is none.
 */
export function modulePage({ module, text }, pageOf) {
  const declared = declaredNames(text);
  const links = new Map();
  for (const { name, from } of importedNames(text)) {
    const page = pageOf(from);
    if (page !== undefined) links.set(page, [...(links.get(page) ?? []), name]);
  }
  const uses = [...links]
    .toSorted()
    .map(([page, names]) => `[${names.map((name) => `\`${name}\``).join(", ")}](${page})`);
  return [
    `# ${module}`,
    "",
    "Generated by `tools/generate-reference.mjs`. Do not edit.",
    "",
    ...(isCatalogue(declared) ? catalogue(declared) : declared.flatMap(section)),
    ...(uses.length === 0 ? [] : [`Declared elsewhere: ${uses.join(", ")}.`, ""]),
  ].join("\n");
}
