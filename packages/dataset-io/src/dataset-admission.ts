import type { AbortableOptions } from "@deltafuse/config/abort";
import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { Session } from "@deltafuse/session-core/session";
import { formatOption } from "./errors.ts";
import { type DatasetLocation, parseLocation, resolveLocation } from "./location.ts";
import type { NamedLocation } from "./prepared-dataset.ts";

/** A dataset as a caller gave it. */
export interface GivenDataset {
  readonly name: string;
  readonly location: DatasetLocation;
}

/** How a dataset is to be registered. */
interface Admission extends AbortableOptions {
  readonly overwrite: boolean;
  /** Absolute path that a relative location starts from. */
  readonly base: string;
}

/**
 * Asks the interceptors of `beforeRegister` about a dataset and makes its location absolute. Nothing is looked at; options
 * that were replaced are read as those of a caller.
 *
 * Rejects with the `HOOKS.*` codes of interceptors, and as `parseLocation` and `resolveLocation` throw.
 */
export async function admittedDataset(
  { hooks }: Session,
  { name, location }: GivenDataset,
  { overwrite, base, ...options }: Admission,
): Promise<NamedLocation> {
  const resolved = resolveLocation(location, base);
  if (!hooks.asks("beforeRegister")) return { name, location: resolved };
  const { scan, provider, ...where } = location;
  const given = { ...(scan === undefined ? {} : { scan }), ...(provider === undefined ? {} : { provider }) };
  const question = {
    action: "register",
    object: "table",
    name,
    provider: resolved.format ?? null,
    location: resolved.uri,
    options: blindCast<JsonObject, "options of a location are plain data">(given),
    overwrite,
  } as const;
  const { options: answered } = await hooks.ask("beforeRegister", question, options);
  const unknown = Object.keys(answered ?? {}).find((option) => option !== "scan" && option !== "provider");
  if (unknown !== undefined) throw formatOption(unknown, "there is no such option");
  const changed = blindCast<DatasetLocation, "read strictly by the next call">({ ...where, ...answered });
  return { name, location: resolveLocation(parseLocation(changed), base) };
}
