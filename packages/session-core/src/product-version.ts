import { createRequire } from "node:module";
import * as z from "@deltafuse/config/zod";

/** Version of DeltaFuse: that of this package, since all packages have one version. */
export function productVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("../package.json");
  return z.object({ version: z.string() }).parse(manifest).version;
}
