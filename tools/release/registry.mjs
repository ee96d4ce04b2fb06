// The registry that npm is configured for.
import { runObserved } from "../process.mjs";

/** A registry, asked and filled through npm. `env`: what npm gets beside the environment; `flags`: what publishing needs. */
export function npmRegistry({ cwd, env = {}, flags = [] }) {
  const npm = async (args) => {
    let text = "";
    const code = await runObserved("npm", args, { cwd, env, onText: (piece) => (text += piece) });
    return { code, text };
  };
  return {
    /** The integrity of a version of a package; null when the registry does not have it. */
    async integrityOf(name, version) {
      const { code, text } = await npm(["view", `${name}@${version}`, "dist.integrity", "--json", "--loglevel=error"]);
      const found = /sha\d+-[A-Za-z0-9+/=]+/.exec(text)?.[0];
      if (code === 0 && found !== undefined) return found;
      if (code === 0 || text.includes("E404")) return null;
      throw new Error(`The registry does not answer about ${name}:\n${text}`);
    },
    /** Publishes a tarball; the exit code of npm. */
    async publish(tarball) {
      const { code, text } = await npm(["publish", tarball, "--access", "public", ...flags]);
      if (code !== 0) console.error(text);
      return code;
    },
  };
}
