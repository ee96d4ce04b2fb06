import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { SessionError } from "./errors.ts";
import type { SessionExtension } from "./extension.ts";
import { disposeFailed } from "./session-errors.ts";
import type { Session } from "./session.ts";

/** The extensions of a session that have begun to work for it, and their end. */
export interface ExtensionDisposal {
  /** Notes an extension whose disposer is to run. */
  begin(id: string): void;
  /** Runs the disposers, last extension first; gives the failure of those that rejected when all have run. */
  run(session: Session): Promise<Error | undefined>;
}

class Disposal implements ExtensionDisposal {
  readonly #extensions: readonly SessionExtension[];
  readonly #begun = new Set<string>();

  constructor(extensions: readonly SessionExtension[]) {
    this.#extensions = extensions;
  }

  begin(id: string): void {
    this.#begun.add(id);
  }

  async run(session: Session): Promise<Error | undefined> {
    const failed: string[] = [];
    const failures: unknown[] = [];
    for (const extension of this.#extensions.toReversed()) {
      if (!this.#begun.delete(extension.id)) continue;
      try {
        await extension.dispose?.(session);
      } catch (error) {
        failed.push(extension.id);
        failures.push(error);
      }
    }
    return failed.length === 0 ? undefined : disposeFailed(failed, failures);
  }
}

/** Makes the disposal of the extensions of a session, in the order they were given in. */
export function extensionDisposal(extensions: readonly SessionExtension[]): ExtensionDisposal {
  return new Disposal(extensions);
}

/** Throws what ended badly: the one failure, or `SESSION.DISPOSE_FAILED` with all of them. */
export function throwFailure(ends: readonly PromiseSettledResult<void>[]): void {
  const failures: unknown[] = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.length === 0) return;
  const extensions = failures.filter(isDisposal).flatMap(({ details }) => details.extensions);
  throw failures.length === 1 ? failures[0] : disposeFailed([...new Set(extensions)], failures);
}

function isDisposal(failure: unknown): failure is SessionError<"SESSION.DISPOSE_FAILED"> {
  return isDeltaFuseError(failure, "SESSION.DISPOSE_FAILED");
}
