// The product as a consumer meets it: packs all packages, installs the tarballs in an empty folder with npm alone, asks the
// doctor, and runs the README's example once as plain JavaScript and once as TypeScript.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { total } from "./counts.mjs";
import { packInto, publishedPackages, tarballIn } from "./packing.mjs";
import { capture, root } from "./process.mjs";

const fence = (text, language) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(text)?.[1];

/** The first ts block of the README and the text block after it: the example and what it prints. */
function readmeExample() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const source = fence(readme, "ts");
  if (source === undefined) throw new Error("README.md holds no ```ts example.");
  const printed = fence(readme.slice(readme.indexOf(source)), "text");
  if (printed === undefined) throw new Error("README.md does not show what its example prints (a ```text block).");
  return { source, printed };
}

const rootManifest = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function catalogVersion(name) {
  const catalog = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const version = new RegExp(`^ +"?${name}"?: (\\S+)$`, "m").exec(catalog)?.[1];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml lists no ${name} in its catalog.`);
  return version;
}

const must = ({ code, text }, what) => {
  if (code !== 0) throw new Error(`${what} failed:\n${text}`);
};

/** Packs everything, unless `tarballs` holds it, and installs it in `folder` as a project of its own. */
function install(folder, { tarballs }) {
  const scratch = mkdtempSync(join(folder, "tarballs-"));
  const place = (one) => (tarballs === undefined ? packInto(scratch, one) : tarballIn(tarballs, one));
  const packed = publishedPackages().map((one) => [one.name, `file:${place(one)}`]);
  const dependencies = {
    ...Object.fromEntries(packed),
    "apache-arrow": catalogVersion("apache-arrow"),
    "@types/node": rootManifest().devDependencies["@types/node"],
  };
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const npm = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  must(capture("npm", npm, { cwd: folder, env: { npm_config_user_agent: "" } }), "npm install of the tarballs");
}

const compilerOptions = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  rootDir: "src",
  outDir: "out",
};

function compile(folder, { source }) {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "src", "example.ts"), source);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  must(capture(process.execPath, [compiler, "-p", folder], { cwd: folder }), "Compiling the README's example");
}

function prints(folder, path, { printed }) {
  const result = capture(process.execPath, [path], { cwd: folder });
  must(result, `Running ${path}`);
  if (result.stdout.trim() === printed.trim()) return;
  throw new Error(`${path} printed\n${result.stdout}\nbut the README says\n${printed}`);
}

function runAsJavaScript(folder, example) {
  writeFileSync(join(folder, "example.mjs"), example.source);
  prints(folder, "example.mjs", example);
}

/** Every module that a package exports, as its users write it; what has types only cannot be imported. */
function publicModules() {
  return publishedPackages().flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([subpath]) => !/\.json$|\*/.test(subpath))
      .filter(([, target]) => typeof target === "string" || "default" in target)
      .map(([subpath]) => `${name}${subpath.slice(1)}`),
  );
}

function importEverything(folder) {
  const modules = publicModules();
  writeFileSync(join(folder, "imports.mjs"), `${modules.map((one) => `await import("${one}");`).join("\n")}\n`);
  must(capture(process.execPath, ["imports.mjs"], { cwd: folder }), `Importing ${modules.length} modules`);
}

/** The files of packages that Node loads for a program: the name of the package for each. */
function loadedFiles(folder, source) {
  const coverage = join(folder, "coverage");
  const env = { NODE_V8_COVERAGE: coverage };
  must(capture(process.execPath, ["--input-type=module", "-e", source], { cwd: folder, env }), "Importing a session");
  const reports = readdirSync(coverage).map((name) => JSON.parse(readFileSync(join(coverage, name), "utf8")));
  const urls = new Set(reports.flatMap(({ result }) => result.map(({ url }) => url)));
  return [...urls].flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/[^?]*$/.exec(url)?.[1] ?? []);
}

/** A public module and the chunks behind it, those of other packages included. */
const sessionFiles = 10;

function loadsFew(folder) {
  const files = loadedFiles(folder, 'await import("@deltafuse/session-core/session")');
  const own = files.filter((name) => name.startsWith("@deltafuse/"));
  const foreign = [...new Set(files.filter((name) => !name.startsWith("@deltafuse/")))];
  if (own.length === 0 || own.length > sessionFiles)
    throw new Error(`Importing a session loads ${own.length} files of DeltaFuse; at most ${sessionFiles} are allowed.`);
  if (foreign.length > 0) throw new Error(`Importing a session loads ${foreign.join(", ")}; none of them is needed.`);
}

const askTheDoctor = `
  import { parseProfile } from "@deltafuse/config/profile";
  import { doctor } from "@deltafuse/session-core/doctor";
  const { checks } = await doctor({ profile: parseProfile({ spill: { maxSize: "1GiB" } }) });
  const found = checks.filter(({ status }) => status !== "ok");
  for (const { id, status, detail, fix } of found) console.error(id, status, detail, fix ?? "");
  process.exitCode = found.length === 0 ? 0 : 1;
`;

function findsNothingWrong(folder) {
  must(capture(process.execPath, ["--input-type=module", "-e", askTheDoctor], { cwd: folder }), "The doctor's check");
}

const tests = [
  ["npm installs the packed packages in an empty folder", install],
  ["every public module can be imported", importEverything],
  ["importing a session loads few files, and none of other packages", loadsFew],
  ["the doctor finds nothing wrong", findsNothingWrong],
  ["the README's example runs as plain JavaScript and prints what the README says", runAsJavaScript],
  ["the README's example compiles as TypeScript against the packed declarations", compile],
  ["the compiled example prints the same", (folder, example) => prints(folder, join("out", "example.js"), example)],
];

function outcome([title, test], folder, example) {
  const started = Date.now();
  try {
    test(folder, example);
    console.log(` ✓ ${title} ${Date.now() - started} ms`);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.log(` × ${title}\n${error.message}`);
    return { passed: 0, failed: 1 };
  }
}

/** Runs the consumer's tests in order, over the tarballs of a folder if one is named; a later one fails with the earlier one it needs. */
export async function consumerTests(tarballs) {
  console.log("\n== Packages as a consumer installs them (npm may fetch apache-arrow and zod)");
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-consumer-"));
  try {
    const example = { ...readmeExample(), tarballs };
    return total(tests.map((test) => outcome(test, folder, example)));
  } catch (error) {
    console.log(` × ${error.message}`);
    return { passed: 0, failed: tests.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await consumerTests(process.argv[2]);
  process.exitCode = failed === 0 ? 0 : 1;
}
