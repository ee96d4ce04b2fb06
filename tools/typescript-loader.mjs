// Lets plain node import the sources of this repository, for tests of whole programs. What was translated is kept.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const { version } = createRequire(import.meta.url)("typescript/package.json");
const kept = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules", ".cache", "deltafuse-typescript");

/** TypeScript without its types. */
async function translated(text, path) {
  const { default: ts } = await import("typescript");
  const { ModuleKind, ScriptTarget } = ts;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  await mkdir(kept, { recursive: true });
  await writeFile(`${path}.${process.pid}`, outputText);
  await rename(`${path}.${process.pid}`, path);
  return outputText;
}

/** A load hook of node. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const path = join(kept, `${createHash("sha256").update(`${version}\n${text}`).digest("hex")}.js`);
  const source = await readFile(path, "utf8").catch(() => translated(text, path));
  return { format: "module", source, shortCircuit: true };
}
