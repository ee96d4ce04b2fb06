import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a program did. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const loader = new URL("../../tools/typescript-loader.mjs", import.meta.url).href;
const register = `import { register } from "node:module"; register(${JSON.stringify(loader)});`;
const sources = ["--conditions=@deltafuse/source", `--import=data:text/javascript,${encodeURIComponent(register)}`];

/** Runs a program of this folder from its source, as a process of its own. */
export function runProgram(path: string, options: ProgramOptions = {}): Promise<ProgramEnd> {
  const program = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const child = spawn(process.execPath, [...sources, program, ...(options.args ?? [])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8");
    child[name].on("data", (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...texts }));
  });
}

/** The rows of the text tables of an output, in their order: each row by the names of its columns. */
export function tablesOf(text: string): Record<string, string>[][] {
  const tables: Record<string, string>[][] = [];
  let heads: string[] = [];
  let rules = 0;
  for (const line of text.split("\n").map((one) => one.trim())) {
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (line.startsWith("+")) rules = rules === 3 ? 1 : rules + 1;
    else if (!line.startsWith("|")) rules = 0;
    else if (rules === 1) {
      heads = cells;
      tables.push([]);
    } else tables.at(-1)?.push(Object.fromEntries(heads.map((head, index) => [head, cells[index] ?? ""])));
  }
  return tables;
}
