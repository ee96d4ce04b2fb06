import { createRequire } from "node:module";
import { checkNativeContract, type NativeContract } from "./contract.ts";
import type { NativeBinding } from "./native-binding.ts";
import { loadFailed } from "./session-errors.ts";

/** The native extension after the check of its contract. */
export interface NativeLibrary {
  readonly binding: NativeBinding;
  readonly contract: NativeContract;
}

/** Once it is loaded and checked it stays as it is. */
let loaded: NativeLibrary | undefined;

/**
 * Loads the native extension; the only place that imports it.
 *
 * Throws `NATIVE.LOAD_FAILED` when the library does not load, `SESSION.CONTRACT_MISMATCH` when it is another build than
 * this package needs.
 */
export async function loadNativeLibrary(): Promise<NativeLibrary> {
  loaded ??= await checkedLibrary();
  return loaded;
}

async function checkedLibrary(): Promise<NativeLibrary> {
  const binding = await importBinding();
  const path = createRequire(import.meta.url).resolve("@deltafuse/native/binding");
  const contract = checkNativeContract(JSON.parse(binding.contract()), path);
  return { binding, contract };
}

async function importBinding(): Promise<NativeBinding> {
  try {
    return await import("@deltafuse/native/binding");
  } catch (cause) {
    throw loadFailed([`@deltafuse/native/binding for ${process.platform}-${process.arch}`], cause);
  }
}
