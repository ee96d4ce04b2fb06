import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

function git(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync("git", ["-C", root, ...args], { encoding: "utf8", env: { ...process.env, ...env } }).trim();
}

/** Whether a tree has nothing that is not committed. */
export function isClean(root: string): boolean {
  return git(root, ["status", "--porcelain"]) === "";
}

/** What of a folder is not as it is committed, new files too. They become known to an index of this call alone. */
export async function uncommitted(root: string, folder: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "deltafuse-index-"));
  const env = { GIT_INDEX_FILE: join(scratch, "index") };
  try {
    git(root, ["read-tree", "HEAD"], env);
    git(root, ["add", "--intent-to-add", "--", folder], env);
    return git(root, ["diff", "HEAD", "--", folder], env);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
