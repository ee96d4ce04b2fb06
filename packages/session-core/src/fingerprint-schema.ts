import { type Fingerprint, parseFingerprint } from "@deltafuse/config/fingerprint";
import * as z from "@deltafuse/config/zod";

/** Shape of a fingerprint in JSON that was kept. */
export const fingerprintSchema: z.ZodMiniType<Fingerprint> = z.pipe(
  z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  z.transform(parseFingerprint),
);
