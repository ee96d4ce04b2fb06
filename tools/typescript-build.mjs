// The TypeScript build: the compiler checks everything and writes declarations, then the packages are bundled.
import { run } from "./process.mjs";

/** Builds everything, or one project with all packages; resolves with the exit code. */
export async function buildTypeScript(project) {
  const compiled = await run("tsc", project === undefined ? ["-b"] : ["-b", project]);
  return compiled === 0 ? run(process.execPath, ["tools/bundle.mjs"]) : compiled;
}
