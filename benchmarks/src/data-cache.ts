import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import type { DataSet, TableFile } from "./data-set.ts";

/** A data set at a scale, on disk. */
export interface StoredData {
  /** Names the content: set, version, scale and seed. */
  readonly key: string;
  /** With absolute paths. */
  readonly tables: Readonly<Record<string, TableFile>>;
}

/** Hash of each file by its path within the folder. */
type Manifest = Readonly<Record<string, string>>;

const seed = 1;
const manifestName = "manifest.json";

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function manifestOf(folder: string): Promise<Manifest> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashes: (readonly [string, string])[] = [];
  for (const path of paths.toSorted()) {
    if (basename(path) !== manifestName) hashes.push([relative(folder, path), await hashOf(path)]);
  }
  return Object.fromEntries(hashes);
}

async function isWhole(folder: string): Promise<boolean> {
  try {
    const text = await readFile(join(folder, manifestName), "utf8");
    const wanted = blindCast<Manifest, "this module wrote it">(JSON.parse(text));
    return JSON.stringify(await manifestOf(folder)) === JSON.stringify(wanted);
  } catch {
    return false;
  }
}

/** Makes the data beside its place and moves it there, so that what lies there is never half made. */
async function make(set: DataSet, scale: number, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await set.make({ folder: unfinished, scale, seed });
    await writeFile(join(unfinished, manifestName), JSON.stringify(await manifestOf(unfinished), null, 2));
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/**
 * The files of a data set, made unless the cache has them whole: every file is compared with its hash before use.
 *
 * @param cache - Folder of all data; made when it is missing.
 */
export async function provideData(
  cache: string,
  { set, scale }: { readonly set: DataSet; readonly scale: number },
): Promise<StoredData> {
  const key = `${set.id}-v${set.version}-${scale}-s${seed}`;
  const folder = join(cache, key);
  if (!(await isWhole(folder))) await make(set, scale, folder);
  const tables = Object.entries(set.tables).map(([name, { path, format }]) => {
    return [name, { path: join(folder, path), format }] as const;
  });
  return { key, tables: Object.fromEntries(tables) };
}
