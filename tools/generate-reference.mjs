// Writes docs/reference: a page for every public module of every package, from the declarations the compiler makes of its
// source and their comments.
//
//   node tools/generate-reference.mjs            writes the pages
//   node tools/generate-reference.mjs --check    writes nothing, fails when a page would change
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { declarationText } from "./cutover/declarations.mjs";
import { modulesOf } from "./cutover/surface.mjs";
import { publishedPackages } from "./packing.mjs";
import { root } from "./process.mjs";
import { contentsPage } from "./reference/contents-page.mjs";
import { declaredNames, modulePage } from "./reference/module-page.mjs";

const folder = join(root, "docs", "reference");
const scope = "@deltafuse/";

/** The packages whose modules a program imports; those of the native extension are for the packages alone. */
const packages = publishedPackages().filter(({ name }) => name !== `${scope}native`);

/** Formats declarations as the repository does, all in one run. */
function formatted(modules) {
  const temporary = mkdtempSync(join(tmpdir(), "deltafuse-"));
  const fileOf = (index) => join(temporary, `${index}.d.ts`);
  try {
    for (const [index, { text }] of modules.entries()) writeFileSync(fileOf(index), text);
    const command = join(root, "node_modules/.bin/oxfmt");
    const run = spawnSync(command, ["-c", join(root, ".oxfmtrc.json"), "."], { cwd: temporary, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`oxfmt cannot format the declarations: ${run.stdout}${run.stderr}`);
    return modules.map((one, index) => ({ ...one, text: readFileSync(fileOf(index), "utf8") }));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** The modules that declare something; one that hands on what a foreign package declares has no page. */
function readModules() {
  const found = packages.flatMap((one) => modulesOf(one).map(([module, path]) => ({ module, path })));
  const read = found.map((one) => ({ ...one, text: declarationText(one.path) }));
  return formatted(read.filter(({ text }) => declaredNames(text).length > 0));
}

const pagePath = (module) => `${module.slice(scope.length)}.md`;

/** The pages: their text by path below docs/reference. */
function pagesOf(modules) {
  const byPath = new Map(modules.map(({ path, module }) => [path, module]));
  const names = new Set(byPath.values());
  const pages = modules.map((one) => {
    const pageOf = (specifier) => {
      const module = specifier.startsWith(".") ? byPath.get(join(dirname(one.path), specifier)) : specifier;
      return names.has(module) ? posix.relative(dirname(pagePath(one.module)), pagePath(module)) : undefined;
    };
    return [pagePath(one.module), modulePage(one, pageOf)];
  });
  return new Map([["README.md", contentsPage(packages, { modules, pagePath })], ...pages]);
}

const present = () =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true }) : []).filter((path) => path.endsWith(".md"));

const readPage = (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : undefined);

function write(pages) {
  for (const path of present().filter((one) => !pages.has(one))) rmSync(join(folder, path));
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const pages = pagesOf(readModules());
if (process.argv.includes("--check")) {
  const stale = [...new Set([...present(), ...pages.keys()])].filter((path) => readPage(path) !== pages.get(path));
  for (const path of stale)
    console.error(`docs/reference/${path} differs from the code; run node tools/generate-reference.mjs.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else write(pages);
