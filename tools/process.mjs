// Running other programs: streamed, captured, or captured line by line.
import { spawn, spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const binaries = join(root, "node_modules", ".bin");

const environment = (extra) => ({
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}`,
  ...extra,
});

const settings = ({ cwd = root, env = {} }, stdio) => ({
  cwd,
  env: environment(env),
  stdio,
  shell: process.platform === "win32",
});

const ended = (child, command) =>
  new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });

/** Runs a program on this terminal; resolves with its exit code. Programs of node_modules/.bin are on the path. */
export function run(command, args, options = {}) {
  return ended(spawn(command, args, settings(options, "inherit")), command);
}

/** Runs a program, hands every piece of its output to `onText(text)`; resolves with its exit code. */
export function runObserved(command, args, { onText, ...options }) {
  const child = spawn(command, args, settings(options, ["inherit", "pipe", "pipe"]));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", onText);
  }
  return ended(child, command);
}

/** Runs a program to its end; returns its exit code and its output, both streams as one text. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    ...settings(options, ["ignore", "pipe", "pipe"]),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const text = `${result.stdout ?? ""}${result.stderr ?? ""}`;
  return { code: result.error ? 127 : (result.status ?? 1), stdout: result.stdout ?? "", text };
}

/** `75 s` or `12 min 5 s`. */
export function spell(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
