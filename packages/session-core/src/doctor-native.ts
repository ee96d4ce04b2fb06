import { createRequire } from "node:module";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { NativeContract } from "./contract.ts";
import type { DoctorCheck } from "./doctor.ts";
import { loadNativeLibrary } from "./native-library.ts";

const rebuild =
  "Build the native extension for this platform with `npm run build`, or install packages of one version.";
const platform = `${process.platform}-${process.arch}`;

/** What the native extension is, or the checks that say why it is not usable. */
export interface BindingCheck {
  readonly checks: readonly DoctorCheck[];
  readonly contract: NativeContract | null;
}

/** Whether the extension loads and is of the version that is needed. */
export async function checkBinding(): Promise<BindingCheck> {
  try {
    const { contract } = await loadNativeLibrary();
    const { target, buildId, contractVersion, entrypoints } = contract;
    const path = createRequire(import.meta.url).resolve("@deltafuse/native/binding");
    const binding: DoctorCheck = {
      id: "binding",
      status: "ok",
      detail: `${path}, built for ${target}, build ${buildId}`,
    };
    const detail = `version ${contractVersion} with ${entrypoints.length} entrypoints`;
    return { checks: [binding, { id: "contract", status: "ok", detail }], contract };
  } catch (error) {
    if (!isDeltaFuseError(error)) throw error;
    return { checks: failedBinding(error.code, error.message), contract: null };
  }
}

function failedBinding(code: string, message: string): readonly DoctorCheck[] {
  const failed = (id: string): DoctorCheck => ({ id, status: "fail", detail: message, fix: rebuild });
  return code === "SESSION.CONTRACT_MISMATCH"
    ? [{ id: "binding", status: "ok", detail: `loads on ${platform}` }, failed("contract")]
    : [failed("binding"), withoutBinding("contract")];
}

/** A check that needs the extension, which is not usable. */
export function withoutBinding(id: string): DoctorCheck {
  return { id, status: "skip", detail: "the native extension is not usable" };
}

/** Versions of the engines. */
export function checkEngine(contract: NativeContract | null): DoctorCheck {
  if (contract === null) return withoutBinding("engine");
  const versions = Object.entries(contract.engine).map(([name, version]) => `${name} ${String(version)}`);
  return { id: "engine", status: "ok", detail: versions.join(", ") };
}

/** What was built in. */
export function checkFeatures(contract: NativeContract | null): DoctorCheck {
  if (contract === null) return withoutBinding("features");
  return { id: "features", status: "ok", detail: contract.features.join(", ") || "none" };
}

const schemesOf: Readonly<Record<string, readonly string[]>> = {
  s3: ["s3", "s3a"],
  azure: ["az", "abfs", "abfss"],
  gcs: ["gs"],
  http: ["http", "https"],
};

/** Schemes of locations that can be read. */
export function checkStores(contract: NativeContract | null): DoctorCheck {
  if (contract === null) return withoutBinding("stores");
  const schemes = ["file", ...contract.features.flatMap((feature) => schemesOf[feature] ?? [])];
  return { id: "stores", status: "ok", detail: schemes.join(", ") };
}
