import { createRequire } from "node:module";
import { checkNativeContract, type NativeContract } from "./contract.ts";
import { lazyConstant } from "@deltafuse/config/lazy-constant";
import type { NativeBinding } from "./native-binding.ts";
import { loadFailed } from "./session-errors.ts";

/** The native extension after the check of its contract. */
export interface NativeLibrary {
  readonly binding: NativeBinding;
  readonly contract: NativeContract;
}

/**
 * Loads and checks the native extension, once; the only place that imports it.
 *
 * Throws `NATIVE.LOAD_FAILED` when the library does not load, `SESSION.CONTRACT_MISMATCH` when it is another build than
 * this package needs.
 */
export const loadNativeLibrary: () => Promise<NativeLibrary> = lazyConstant(checkedLibrary);

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
