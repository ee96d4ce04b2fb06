import { createRequire } from "node:module";
import type * as Api from "@opentelemetry/api";
import { blindCast } from "@deltafuse/config/casts";
import { encoderUnavailable } from "./errors.ts";

/** The module `@opentelemetry/api`. */
export type OpenTelemetryApi = typeof Api;

/** Loads the optional package `@opentelemetry/api`. Throws `TELEMETRY.ENCODER_UNAVAILABLE`. */
export function openTelemetryApi(): OpenTelemetryApi {
  try {
    const loaded: unknown = createRequire(import.meta.url)("@opentelemetry/api");
    return blindCast<OpenTelemetryApi, "the package of that name">(loaded);
  } catch (error) {
    throw encoderUnavailable("@opentelemetry/api", error);
  }
}
