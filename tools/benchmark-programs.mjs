// The programs of the benchmarks that are written in Rust, built, as the variables by which the benchmarks find them.
import { root, runObserved } from "./process.mjs";

// Not DELTAFUSE_: those are the product's own variables, and it refuses unknown ones.
const variableOf = (name) =>
  name
    .replace(/^deltafuse/, "benchmark")
    .replaceAll("-", "_")
    .toUpperCase();

/** Builds the programs; the exit code, and `BENCHMARK_FLOOR=<path>` and the like for the environment of a benchmark. */
export async function benchmarkPrograms() {
  let output = "";
  const code = await runObserved(process.execPath, ["tools/native-floor.mjs"], {
    cwd: root,
    onText: (text) => {
      output += text;
      process.stdout.write(text);
    },
  });
  const paths = output.matchAll(/^(deltafuse-[a-z-]+)=(.+)$/gm);
  return { code, env: Object.fromEntries([...paths].map(([, name, path]) => [variableOf(name), path.trim()])) };
}
