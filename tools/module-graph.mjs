// What is loaded with a module, because it or what it imports imports it: source files, and packages from outside.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseSync } from "rolldown/utils";
import { root } from "./process.mjs";

/** What a module imports, or exports from elsewhere, when it is loaded; types alone are none. */
function staticImports(file) {
  const { module } = parseSync(file, readFileSync(file, "utf8"));
  const loaded = module.staticImports.filter(({ entries }) => !entries.every(({ isType }) => isType));
  const passedOn = module.staticExports.flatMap(({ entries }) =>
    entries.filter(({ moduleRequest, isType }) => moduleRequest !== null && !isType),
  );
  return [...loaded, ...passedOn].map(({ moduleRequest }) => moduleRequest.value);
}

/** The source files of the public modules of all packages, by specifier. */
function publicSources() {
  return new Map(
    readdirSync(join(root, "packages")).flatMap((folder) => {
      const directory = join(root, "packages", folder);
      const { name, exports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
      return Object.entries(exports).flatMap(([subpath, target]) => {
        const source = target["@deltafuse/source"];
        return source === undefined ? [] : [[join(name, subpath), resolve(directory, source)]];
      });
    }),
  );
}

const packageOf = (specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
const isForeign = (specifier) => !/^(node:|@deltafuse\/)/.test(specifier);

/** Makes the function that tells what a source file loads: source files, itself among them, and foreign packages, sorted. */
export function moduleGraph() {
  const sources = publicSources();
  const known = new Map();
  const importsOf = (file) => {
    if (!known.has(file)) known.set(file, staticImports(file));
    return known.get(file);
  };
  return (entry) => {
    const files = new Set([sources.get(entry) ?? entry]);
    const foreign = new Set();
    for (const file of files) {
      for (const specifier of importsOf(file)) {
        const own = specifier.startsWith(".") ? resolve(dirname(file), specifier) : sources.get(specifier);
        if (own !== undefined) files.add(own);
        else if (isForeign(specifier)) foreign.add(packageOf(specifier));
      }
    }
    return { files, foreign: [...foreign].toSorted() };
  };
}
