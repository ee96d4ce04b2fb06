// The JavaScript of the packages as it is published: one file for each public module and a few chunks which these share.
// What a package imports from elsewhere stays an import, but for one. The declarations beside it are the compiler's (tsc -b).
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { moduleGraph } from "./module-graph.mjs";
import { publishedPackages } from "./packing.mjs";
import { root } from "./process.mjs";
import { dependencyOrder } from "./release/publishing.mjs";

const isOwn = (specifier) => specifier.startsWith(".") || specifier.startsWith("/");
const manifestAt = (directory) => JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));

/** The one package that becomes part of ours: zod has 95 modules, and loading them takes as long as starting Node. */
const bundledPackage = { name: "zod", into: join(root, "packages", "config") };
const isBundled = (directory, specifier) =>
  directory === bundledPackage.into && `${specifier}/`.startsWith(`${bundledPackage.name}/`);
const isOfBundled = (file) => file.includes(`/node_modules/${bundledPackage.name}/`);

/** The licence of the bundled package, which goes where its code goes. */
function licence() {
  const { name, into } = bundledPackage;
  return `/*! ${name}\n${readFileSync(join(into, "node_modules", name, "LICENSE"), "utf8").trim()}\n*/`;
}

/** The public modules of a package: the name in `dist` without extension, and the source file. */
function publicModules(directory) {
  const { exports } = manifestAt(directory);
  const targets = Object.values(exports).filter((target) => target["@deltafuse/source"] !== undefined);
  return Object.fromEntries(
    targets.map((target) => [
      /^\.\/dist\/(.+)\.js$/.exec(target.default)[1],
      resolve(directory, target["@deltafuse/source"]),
    ]),
  );
}

/** What every program loads that reads a file. */
const firstModules = ["@deltafuse/config/profile", "@deltafuse/session-core/session", "@deltafuse/dataset-io/register"];

/**
 * Modules that load the same foreign packages share a chunk: no public module loads a package that its source does not, and
 * no two chunks import each other. What a program needs for its first result is apart from the rest, which it does not
 * wait for. A group takes what its modules import along, so those that are needed first and load fewer packages go first.
 */
function sharedChunks() {
  const loadedWith = moduleGraph();
  const first = new Set(firstModules.flatMap((specifier) => [...loadedWith(specifier).files]));
  const chunkOf = (file) => [first.has(file) ? "first" : "shared", ...loadedWith(file).foreign];
  return ["first", "shared"].flatMap((part) =>
    [0, 1, 2, 3].map((count) => ({
      debugName: `modules that load ${count} foreign packages: ${part}`,
      name: (file) => {
        if (isOfBundled(file))
          return basename(file) === "compile.js" ? `${bundledPackage.name}-compile` : bundledPackage.name;
        // A public module of another package, of which nothing is left.
        if (basename(dirname(file)) === "dist") return null;
        const chunk = chunkOf(file);
        return chunk[0] === part && chunk.length === count + 1 ? chunk.join("-").replaceAll(/[@/]+/g, "-") : null;
      },
    })),
  );
}

/** The file behind a public module of a package that lies beside one, such as `@deltafuse/config/errors`. */
function moduleBeside(directory, specifier) {
  const [, folder, module] = /^@deltafuse\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  const file = join(directory, "..", folder ?? "", "dist", `${module}.js`);
  return folder !== undefined && existsSync(file) ? file : undefined;
}

/**
 * Imports from other packages of ours name the chunk that a public module passes on, which their manifests export for this:
 * Node takes as long for a file of one line as for one of a thousand, and there would be fifty.
 */
const pastPublicModules = (directory) => ({
  name: "past-public-modules",
  resolveId(specifier, importer) {
    const dist = dirname(importer ?? "");
    if (specifier.startsWith("./chunk-") && basename(dist) === "dist")
      return { id: `${manifestAt(dirname(dist)).name}/${basename(specifier)}`, external: true };
    return moduleBeside(directory, specifier);
  },
});

/** The files of a package's `dist` that the bundler makes: text by name. */
async function bundled(directory) {
  const bundle = await rolldown({
    input: publicModules(directory),
    external: (id) => !isOwn(id) && !isBundled(directory, id) && moduleBeside(directory, id) === undefined,
    plugins: [pastPublicModules(directory)],
    platform: "node",
    tsconfig: false,
    treeshake: { moduleSideEffects: false },
    transform: { target: "es2022", typescript: { onlyRemoveTypeImports: true } },
    preserveEntrySignatures: "strict",
  });
  try {
    const { output } = await bundle.generate({
      dir: join(directory, "dist"),
      entryFileNames: "[name].js",
      // Beside the entries: a module finds its package.json one folder up, as it does from src.
      chunkFileNames: "chunk-[name].[hash].js",
      codeSplitting: { groups: sharedChunks() },
      minifyInternalExports: false,
      comments: { jsdoc: false },
      banner: ({ moduleIds }) => (moduleIds.some(isOfBundled) ? licence() : ""),
      sourcemap: true,
      // The sources are published too.
      sourcemapExcludeSources: true,
    });
    return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
  } finally {
    await bundle.close();
  }
}

const isCurrent = (path, text) => existsSync(path) && readFileSync(path, "utf8") === text;

/** Makes the JavaScript of a package: writes what changed, and removes every other script. */
export async function bundlePackage(directory) {
  const files = await bundled(directory);
  const dist = join(directory, "dist");
  mkdirSync(dist, { recursive: true });
  for (const [name, text] of files) {
    if (!isCurrent(join(dist, name), text)) writeFileSync(join(dist, name), text);
  }
  const scripts = readdirSync(dist, { recursive: true }).filter((name) => /\.js(\.map)?$/.test(name));
  for (const name of scripts.filter((one) => !files.has(one))) rmSync(join(dist, name));
}

/** All packages, each behind those it imports, whose chunks it names. */
const inOrder = () =>
  dependencyOrder(publishedPackages().filter(({ name }) => name !== "@deltafuse/native")).map(
    ({ directory }) => directory,
  );

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const named = process.argv.slice(2);
  for (const directory of named.length > 0 ? named.map((one) => resolve(one)) : inOrder())
    await bundlePackage(directory);
}
