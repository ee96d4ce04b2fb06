import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildId } from "../native/build-id.mjs";
import { sourceHash } from "../source-hash.mjs";

const contract = { contractVersion: 1, entrypoints: [{ name: "contract" }], features: ["delta"], modules: ["delta"] };
const binary = "native/publish/deltafuse.linux-x64-gnu.node";

/** A small repository with a remote, in the state in which it may be released. */
export interface ReleasedRepository extends Disposable {
  readonly directory: string;
  readonly remote: string;
  readonly write: (path: string, text: string) => void;
  readonly git: (...args: readonly string[]) => string;
  readonly commit: () => void;
  /** Writes a run and a green gate record of it about the tree as it is, with changes. */
  readonly gate: (changes?: object) => void;
  /** Writes the binary with this contract, or none. */
  readonly build: (changes: object | null) => void;
}

/** The folder of the run that the gate record is of. */
export const gateRun = "2026-01-01T23-40-00-000Z-gate";

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
const own = (name: string, module: string, dependencies: object = {}): string =>
  json({
    name: `@deltafuse/${name}`,
    version: "0.1.0",
    type: "module",
    files: ["dist"],
    exports: { [`./${module}`]: `./dist/${module}.js` },
    dependencies,
  });

const files: Readonly<Record<string, string>> = {
  "package.json": json({ name: "fixture", private: true }),
  "pnpm-workspace.yaml": "packages:\n  - packages/*\n  - native\n",
  ".gitignore": "*.node\nbenchmarks/results/\n",
  ".changeset/config.json": json({
    changelog: false,
    fixed: [["@deltafuse/*"]],
    baseBranch: "main",
    access: "public",
  }),
  ".changeset/first.md": `---\n"@deltafuse/config": none\n---\n\nThe first packages.\n`,
  "packages/hooks/package.json": own("hooks", "hook", { "@deltafuse/config": "0.1.0", "@deltafuse/native": "0.1.0" }),
  "packages/hooks/dist/hook.js": "export const hook = 1;\n",
  "packages/hooks/dist/hook.d.ts": "export declare const hook: number;\n",
  "packages/config/package.json": own("config", "brand"),
  "packages/config/dist/brand.js": "export const brand = 1;\n",
  "packages/config/dist/brand.d.ts": "export declare const brand: number;\n",
  "native/package.json": json({
    name: "@deltafuse/native",
    version: "0.1.0",
    type: "module",
    files: ["binding.js", "binding.d.ts", "contract.json", "*.node"],
    exports: { "./binding": "./binding.js" },
    napi: { binaryName: "deltafuse", targets: ["x86_64-unknown-linux-gnu"] },
  }),
  "native/binding.js": `import { readFileSync } from "node:fs";
export const contract = () => readFileSync(process.env.NAPI_RS_NATIVE_LIBRARY_PATH, "utf8");\n`,
  "native/binding.d.ts": "export declare function contract(): string;\n",
  "native/contract.json": json(contract),
  "native/Cargo.toml": "",
  "native/Cargo.lock": ["engine", "binding"]
    .map((name) => `[[package]]\nname = "deltafuse-${name}"\nversion = "0.1.0"\n`)
    .join("\n"),
  "native/crates/engine/lib.rs": "// engine\n",
  "native/crates/binding/lib.rs": "// binding\n",
  "benchmarks/baselines/ceilings.json": json([
    { id: "size.stripped", must: { plus: 1 } },
    { id: "size.gzip", must: { plus: 0.5 } },
  ]),
};

/** Lays one out. */
export function releasedRepository(): ReleasedRepository {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "deltafuse-released-")));
  const directory = join(folder, "clone");
  const remote = join(folder, "remote.git");
  const at = (path: string): string => join(directory, path);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  const name = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"];
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...name, ...args], { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const commit = (): void => {
    git("add", "--all");
    git("commit", "--quiet", "--message", "A change");
    git("push", "--quiet", "--set-upstream", "origin", "main");
  };
  const gate = (changes: object = {}): void => {
    const record = {
      kind: "deltafuse.gate",
      version: 1,
      suite: "gate",
      profile: "published",
      verdict: "green",
      workloads: { "small.select-42": { verdict: "pass", ratio: 1.1, limit: 1.5 } },
      finishedAt: "2026-01-02T00:00:00Z",
      machine: { cpu: "a processor", cores: 2 },
      sourceHash: sourceHash(directory),
      nativeBuildId: buildId(directory, "published"),
    };
    const made = { ...record, ...changes };
    const entries = Object.entries(made.workloads).map(([id, entry]) => ({ id, ...entry, reason: "" }));
    write("benchmarks/results/gate.json", json(made));
    write(`benchmarks/results/${gateRun}/run.json`, json({ call: { command: "gate" }, entries }));
  };
  const build = (changes: object | null): void => {
    if (changes === null) rmSync(at(binary), { force: true });
    else write(binary, json({ ...contract, buildId: buildId(directory, "published"), ...changes }));
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  mkdirSync(remote);
  execFileSync("git", ["init", "--quiet", "--bare", remote]);
  git("init", "--quiet");
  git("remote", "add", "origin", remote);
  commit();
  gate();
  build({});
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  return { directory, remote, write, git, commit, gate, build, [Symbol.dispose]: dispose };
}

/** Text of a file below a folder. */
export const textIn = (folder: string, path: string): string => readFileSync(join(folder, path), "utf8");
