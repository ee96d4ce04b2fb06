import { z } from "zod";

const contractSchema = z.object({ errorCodes: z.array(z.string()) });

/** The part of the native contract that lists the codes it raises. */
export async function loadNativeContract(): Promise<z.infer<typeof contractSchema>> {
  const binding = await import("@deltafuse/native/binding");
  return contractSchema.parse(JSON.parse(binding.contract()));
}
