import { createRequire } from "node:module";
import * as z from "@deltafuse/config/zod";

let known: string | undefined;

/** Version of DeltaFuse: that of this package, since all packages have one version. */
export function productVersion(): string {
  known ??= versionOf(createRequire(import.meta.url)("../package.json"));
  return known;
}

function versionOf(manifest: unknown): string {
  return z.object({ version: z.string() }).parse(manifest).version;
}
