import { compareCommand } from "./compare-command.ts";
import { DataNeedError } from "./data-place.ts";
import { MissingProgramError } from "./program-path.ts";
import { type ExitCode, exitCodes } from "./gate.ts";
import { listCommand } from "./list-command.ts";
import { type Options, parseOptions, usage, UsageError } from "./options.ts";
import { PrerequisiteError, runCommand } from "./run-command.ts";
import { reportCommand } from "./report-command.ts";
import { LockedError } from "./run-lock.ts";
import { updateCommand } from "./update-command.ts";

async function perform(options: Options): Promise<ExitCode> {
  if (options.command === "list") return listCommand(options.filter, console.log);
  if (options.command === "update") return updateCommand(options, console.log);
  if (options.command === "compare") return compareCommand(options, console.log);
  if (options.command === "report") return reportCommand(options.runs, console.log);
  return runCommand(options, console.log);
}

/** Exit codes: 0 green, 1 regression, change or failure, 2 usage, 3 inconclusive, 4 wrong result, 5 missing prerequisite. */
async function main(): Promise<ExitCode> {
  try {
    return await perform(parseOptions(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nUsage: ${usage}`);
      return exitCodes.usage;
    }
    const known = [PrerequisiteError, DataNeedError, MissingProgramError, LockedError].some(
      (one) => error instanceof one,
    );
    if (!known || !(error instanceof Error)) throw error;
    console.error(error.message);
    return exitCodes.prerequisite;
  }
}

process.exitCode = await main();
