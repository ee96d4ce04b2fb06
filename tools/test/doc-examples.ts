import { readFileSync } from "node:fs";
import typescript from "typescript";
import { expect } from "vitest";
import * as z from "../../packages/config/src/zod.ts";

/** What the comment behind a statement says of it: the value, or the code of what it throws. */
type Claim = (run: () => unknown, claimed: unknown) => Promise<void>;

/** An example of a JSDoc comment. */
interface DocExample {
  /** Name of what the comment describes. */
  readonly of: string;
  readonly code: string;
}

function folderOf(packageName: string): URL {
  return new URL(`../../packages/${packageName}/`, import.meta.url);
}

/** The public modules of a package, by their files. */
export function publicFiles(packageName: string): readonly URL[] {
  const folder = folderOf(packageName);
  const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const modules: readonly (string | { readonly "@deltafuse/source"?: string })[] = Object.values(exports);
  const sources = modules.map((entry) => (typeof entry === "string" ? undefined : entry["@deltafuse/source"]));
  return sources.flatMap((source) => (source === undefined ? [] : [new URL(source, folder)]));
}

/** What the public modules of a package export. Zod's names are below `z`: some of them are words of the language. */
export async function publicScope(packageName: string): Promise<Readonly<Record<string, unknown>>> {
  const files = publicFiles(packageName).filter(({ pathname }) => !pathname.endsWith("/zod.ts"));
  const modules = await Promise.all(files.map((file) => import(file.href)));
  return Object.assign({ z }, ...modules);
}

function parsed(text: string): typescript.SourceFile {
  return typescript.createSourceFile("example.ts", text, typescript.ScriptTarget.ES2022, true);
}

/** The examples of a file, and the functions that have none. */
export function documented(file: URL): {
  readonly examples: readonly DocExample[];
  readonly without: readonly string[];
} {
  const examples: DocExample[] = [];
  const functions = new Set<string>();
  for (const statement of parsed(readFileSync(file, "utf8")).statements) {
    const named = typescript.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
    const name = named !== undefined && "name" in named ? (named.name as typescript.Node).getText() : "";
    const exported = /^export\b/.test(statement.getText());
    if (exported && typescript.isFunctionDeclaration(statement)) functions.add(name);
    for (const tag of typescript.getJSDocTags(statement).filter((one) => one.tagName.text === "example")) {
      examples.push({ of: name, code: typescript.getTextOfJSDocComment(tag.comment) ?? "" });
    }
  }
  const having = new Set(examples.map((example) => example.of));
  return { examples, without: [...functions].filter((name) => !having.has(name)) };
}

/** The comment behind each statement: on its line, or on the lines below it. */
function commentsOf(code: string, { statements }: typescript.SourceFile): readonly string[] {
  return statements.map((statement, index) => {
    const next = statements[index + 1]?.getStart() ?? code.length;
    return code
      .slice(statement.end, next)
      .replaceAll(/^\s*\/\//gm, "")
      .trim();
  });
}

/** An example whose expressions are held to the comments behind them. */
function checked(code: string): string {
  const file = parsed(code);
  const comments = commentsOf(code, file);
  const lines = file.statements.map((statement, index) => {
    const claimed = comments[index] ?? "";
    if (claimed === "" || !typescript.isExpressionStatement(statement)) return statement.getText();
    const value = claimed.startsWith("throws ") ? JSON.stringify(claimed) : `(${claimed})`;
    return `await claim(async () => (${statement.expression.getText()}), ${value});`;
  });
  const { outputText } = typescript.transpileModule(lines.join("\n"), {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  return outputText;
}

const claim: Claim = async (run, claimed) => {
  if (typeof claimed === "string" && claimed.startsWith("throws ")) {
    await expect(run()).rejects.toMatchObject({ code: claimed.slice("throws ".length) });
  } else expect(await run()).toEqual(claimed);
};

/** Runs an example with everything that the package exports, and holds it to its comments. */
export async function runExample({ code }: DocExample, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const body = `export default async ({ ${Object.keys(scope).join(", ")} }, claim) => {{\n${checked(code)}\n}};`;
  const { default: run } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(body)}`);
  await run(scope, claim);
}
