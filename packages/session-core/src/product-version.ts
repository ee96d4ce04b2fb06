import { createRequire } from "node:module";
import * as z from "@deltafuse/config/zod";
import { lazyConstant } from "@deltafuse/config/lazy-constant";

/** Version of DeltaFuse: that of this package, since all packages have one version. */
export const productVersion: () => string = lazyConstant(() => {
  const manifest: unknown = createRequire(import.meta.url)("../package.json");
  return z.object({ version: z.string() }).parse(manifest).version;
});
