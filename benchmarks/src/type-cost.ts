import { join } from "node:path";
import { repositoryFolder } from "./place.ts";

/** A program that the types are asked of does not compile. */
export class TypeProgramError extends Error {}

/**
 * Types that the compiler makes out of generic ones while it checks each of some files, alone: what their imports declare
 * counts as far as the file uses it, what is inside of functions there does not.
 *
 * Rejects with {@link TypeProgramError}.
 */
export async function instantiationsOf(paths: readonly string[]): Promise<readonly number[]> {
  const { default: ts } = await import("typescript");
  const config = ts.readConfigFile(join(repositoryFolder, "tsconfig.test.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: [], files: [...paths] },
    ts.sys,
    repositoryFolder,
  );
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  const known = new Map<string, ReturnType<typeof read>>();
  host.getSourceFile = (name, ...rest) => {
    if (!known.has(name)) known.set(name, read(name, ...rest));
    return known.get(name);
  };
  return paths.map((path) => {
    const program = ts.createProgram([path], options, host);
    const [problem] = program.getSemanticDiagnostics(program.getSourceFile(path));
    if (problem !== undefined) throw new TypeProgramError(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
    return program.getInstantiationCount();
  });
}
