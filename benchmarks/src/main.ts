import { runBench } from "./bench.ts";
import { parseOptions, usage } from "./options.ts";
import { BenchmarkError } from "./runner.ts";

/** Exit codes: 0 measured, 1 a contestant failed or the answers differ, 2 wrong arguments. */
async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  if (options === null) {
    console.error(`Usage: ${usage}`);
    return 2;
  }
  try {
    await runBench(options, console.log);
    return 0;
  } catch (error) {
    if (!(error instanceof BenchmarkError)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main();
