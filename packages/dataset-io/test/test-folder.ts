import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that goes away with the test. */
export interface TestFolder extends Disposable {
  /** Absolute path of a name in it. */
  path(name: string): string;
  /** Writes a file, and the folders it needs; gives its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Names of everything in it, in order. */
  names(name?: string): readonly string[];
}

/** Makes an empty folder. */
export function testFolder(): TestFolder {
  const root = mkdtempSync(join(tmpdir(), "deltafuse-"));
  return {
    path: (name) => join(root, name),
    write: (name, content) => {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    names: (name = ".") => readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).toSorted(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
