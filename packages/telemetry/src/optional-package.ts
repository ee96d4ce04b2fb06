import { encoderUnavailable } from "./errors.ts";

/**
 * Loads an optional peer package.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE {package}` when it cannot be loaded.
 */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw encoderUnavailable(name, error);
  }
}
