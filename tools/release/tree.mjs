// What git and changesets say of a repository.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { capture } from "../process.mjs";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

function gitOf(repository) {
  return (...args) => {
    const { code, stdout } = capture("git", args, { cwd: repository });
    return code === 0 ? stdout.trim() : null;
  };
}

const apiPath = "docs/api/surface.json";

/** Whether the public API changed since the last release and no changeset or changelog was added. */
function hasUndescribedApi(repository, git) {
  const tag = git("describe", "--tags", "--abbrev=0", "--match", "v*");
  if (tag === null || !existsSync(join(repository, apiPath))) return false;
  const before = git("show", `${tag}:${apiPath}`);
  if (before === null || before === readFileSync(join(repository, apiPath), "utf8").trim()) return false;
  return git("diff", "--name-only", tag, "--", ".changeset/*.md", "*CHANGELOG.md") === "";
}

/** The facts of step 1; asks the remote, where the branch has one. */
export function readTree(repository) {
  const git = gitOf(repository);
  const hasUpstream = git("rev-parse", "--abbrev-ref", "@{upstream}") !== null;
  if (hasUpstream && git("fetch", "--quiet") === null) throw new Error("git fetch failed: the remote does not answer.");
  return {
    changes: git("status", "--porcelain") ?? "git status failed",
    branch: git("rev-parse", "--abbrev-ref", "HEAD"),
    mainBranch: readJson(join(repository, ".changeset", "config.json")).baseBranch,
    behind: hasUpstream ? Number(git("rev-list", "--count", "HEAD..@{upstream}")) : 0,
    hasUndescribedApi: hasUndescribedApi(repository, git),
  };
}

/** Releases that changesets would make of what is not applied yet. */
export function pendingReleases(repository) {
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-changesets-"));
  try {
    const output = join(folder, "status.json");
    const { code, text } = capture("changeset", ["status", "--output", relative(repository, output)], {
      cwd: repository,
    });
    if (code !== 0) throw new Error(`changeset status failed:\n${text}`);
    return readJson(output).releases.filter(({ type }) => type !== "none");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const changelogSection = (text, version) =>
  new RegExp(`^## ${version.replaceAll(".", "\\.")}$([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(text)?.[1]?.trim() ??
  "";

/** What changesets and changelogs tell of a version, each text once. */
export function releaseNotes(repository, { version, packages }) {
  const logs = packages.map(({ directory }) => join(directory, "CHANGELOG.md")).filter((path) => existsSync(path));
  const sections = logs.map((path) => changelogSection(readFileSync(path, "utf8"), version));
  const changesets = readdirSync(join(repository, ".changeset")).filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  const bodies = changesets.map((name) =>
    readFileSync(join(repository, ".changeset", name), "utf8")
      .replace(/^---[\s\S]*?---/, "")
      .trim(),
  );
  return [...new Set([...sections, ...bodies])].filter((text) => text !== "").join("\n\n");
}

/** Tags the commit and gives the tag to the remote; the exit code. */
export function tagRelease(repository, version) {
  const tagged = capture("git", ["tag", "--annotate", `v${version}`, "--message", `v${version}`], { cwd: repository });
  const pushed = tagged.code === 0 ? capture("git", ["push", "origin", `v${version}`], { cwd: repository }) : tagged;
  if (pushed.code !== 0) console.error(pushed.text);
  return pushed.code;
}
