// Where the built extensions lie.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process.mjs";

/** The folder of the extension of a clone. */
export const cloneFolder = join(root, "native");

/** The folder of the extensions that are published, as tools/native-build.mjs --publish leaves them. */
export const publishedFolder = join(cloneFolder, "publish");

/** The variable by which binding.js loads another extension than the one beside it. */
export const loading = (path) => ({ NAPI_RS_NATIVE_LIBRARY_PATH: path });

/** The path of the extension in a folder; undefined when there is none. */
export function extensionIn(folder) {
  const name = existsSync(folder) ? readdirSync(folder).find((one) => one.endsWith(".node")) : undefined;
  return name === undefined ? undefined : join(folder, name);
}
