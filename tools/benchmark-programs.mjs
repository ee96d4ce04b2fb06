// The programs of the benchmarks that are written in Rust, built, as the variables by which the benchmarks find them.
import { root, runObserved } from "./process.mjs";

// Not DELTAFUSE_: those are the product's own variables, and it refuses unknown ones.
const variableOf = (name) =>
  name
    .replace(/^deltafuse/, "benchmark")
    .replaceAll("-", "_")
    .toUpperCase();

/** Builds the programs, with the arguments of tools/native-floor.mjs; the exit code, and `BENCHMARK_FLOOR=<path>` and the like for the environment of a benchmark. */
export async function benchmarkPrograms(args = []) {
  let output = "";
  const code = await runObserved(process.execPath, ["tools/native-floor.mjs", ...args], {
    cwd: root,
    onText: (text) => {
      output += text;
      process.stdout.write(text);
    },
  });
  const paths = output.matchAll(/^(deltafuse-[a-z-]+)=(.+)$/gm);
  return { code, env: Object.fromEntries([...paths].map(([, name, path]) => [variableOf(name), path.trim()])) };
}
