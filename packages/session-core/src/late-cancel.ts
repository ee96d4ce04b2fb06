import type { NativeBinding, NativeCancel } from "./native-binding.ts";

/** Cancels native calls, as {@link NativeCancel}; made when it is first needed: small queries end before. */
export interface LateCancel {
  /** What native calls are given. */
  token(): NativeCancel;
  /** See `NativeCancel`; null before there is a call. */
  progress(): string | null;
}

/** Makes what makes the token. */
export function lateCancel(binding: Pick<NativeBinding, "createCancel">): LateCancel {
  let made: NativeCancel | undefined;
  return {
    token: () => {
      made ??= binding.createCancel();
      return made;
    },
    progress: () => made?.progress() ?? null,
  };
}
