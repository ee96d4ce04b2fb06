import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const layered = ["config", "telemetry", "hooks", "session-core", "udf", "schema", "dataset-io", "delta"];
const directories = [...layered.map((name) => `packages/${name}`), "native", "examples", "benchmarks"];
const rootFiles = [
  "package.json",
  "pnpm-workspace.yaml",
  "pnpm-lock.yaml",
  "turbo.json",
  "tsconfig.base.json",
  ".oxlintrc.json",
  "tools/oxlint",
];

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly code: number;
  readonly text: string;
}

/** A small copy of this workspace: the real rules and manifests, one plain module per package, room for plants. */
export interface PlantedWorkspace extends Disposable {
  readonly directory: string;
  /** Writes a file; the path is relative to the copy. */
  write(path: string, text: string): void;
  /** Adds a dependency to a package's manifest and links it. */
  declare(directory: string, dependency: string): void;
  readonly lint: () => Outcome;
  readonly boundaries: () => Outcome;
  readonly compile: (directory: string) => Outcome;
}

const manifestOf = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, "junction");
}

function copyPackage(copy: string, directory: string): void {
  const from = join(root, directory);
  const to = join(copy, directory);
  mkdirSync(to, { recursive: true });
  for (const file of ["package.json", "turbo.json", "tsconfig.json"]) {
    if (existsSync(join(from, file))) cpSync(join(from, file), join(to, file));
  }
}

function linkDependencies(copy: string, directory: string): void {
  const { dependencies = {} } = manifestOf(join(copy, directory));
  for (const name of Object.keys(dependencies)) linkDependency(copy, directory, name);
}

function linkDependency(copy: string, directory: string, name: string): void {
  const own = directories.find((one) => manifestOf(join(root, one)).name === name);
  const target = own === undefined ? realpathSync(join(root, directory, "node_modules", name)) : join(copy, own);
  link(target, join(copy, directory, "node_modules", name));
}

/** A package of the copy holds one exported and one private module. */
function plainModules(copy: string, directory: string): void {
  const path = join(copy, directory, "package.json");
  const exports = { "./plain": { "@deltafuse/source": "./src/plain.ts", default: "./dist/plain.js" } };
  writeFileSync(path, JSON.stringify({ ...manifestOf(join(copy, directory)), exports }));
  mkdirSync(join(copy, directory, "src"), { recursive: true });
  for (const name of ["plain", "hidden"]) {
    writeFileSync(join(copy, directory, "src", `${name}.ts`), `export const ${name}: string = "${name}";\n`);
  }
}

function layOut(copy: string): void {
  for (const file of rootFiles) cpSync(join(root, file), join(copy, file), { recursive: true });
  link(join(root, "node_modules"), join(copy, "node_modules"));
  for (const directory of directories) copyPackage(copy, directory);
  for (const directory of directories) linkDependencies(copy, directory);
  for (const name of layered) plainModules(copy, `packages/${name}`);
  for (const file of ["binding.js", "binding.d.ts"])
    writeFileSync(join(copy, "native", file), "export const native = 1;\n");
}

function outcome(cwd: string, command: string, args: readonly string[]): Outcome {
  const path = join(root, "node_modules", ".bin", command);
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(path, args, { cwd, env, encoding: "utf8" });
  return { code: status ?? 1, text: `${stdout}${stderr}` };
}

/** Lays out a planted workspace in a temporary folder. */
export function plantedWorkspace(): PlantedWorkspace {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "deltafuse-plants-")));
  layOut(copy);
  return {
    directory: copy,
    write: (path, text) => {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    },
    declare: (directory, dependency) => {
      const manifest = manifestOf(join(copy, directory));
      const dependencies = { ...manifest.dependencies, [dependency]: "workspace:*" };
      writeFileSync(join(copy, directory, "package.json"), JSON.stringify({ ...manifest, dependencies }));
      linkDependency(copy, directory, dependency);
    },
    lint: () => outcome(copy, "oxlint", ["packages"]),
    boundaries: () => outcome(copy, "turbo", ["boundaries"]),
    compile: (directory) => outcome(copy, "tsc", ["-b", directory]),
    [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true }),
  };
}
