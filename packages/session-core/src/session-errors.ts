import { sessionError } from "./errors.ts";
import type { SessionDetails, SessionError } from "./errors.ts";

const rebuild = "Rebuild the native extension (npm run build) or install packages of one version.";

/** `SESSION.CONTRACT_MISMATCH`: the native extension is not the one these packages were built for. */
export function contractMismatch(
  details: SessionDetails<"SESSION.CONTRACT_MISMATCH">,
): SessionError<"SESSION.CONTRACT_MISMATCH"> {
  const found = details.actual === null ? "none" : `version ${details.actual}`;
  const missing = details.missing.length === 0 ? "" : ` and lacks ${details.missing.join(", ")}`;
  return sessionError(
    "SESSION.CONTRACT_MISMATCH",
    `The native extension has contract ${found}${missing}; these packages need version ${details.expected}. ${rebuild}`,
    { details },
  );
}

/** `NATIVE.LOAD_FAILED`: the native extension could not be loaded. */
export function loadFailed(attempts: readonly string[], cause: unknown): SessionError<"NATIVE.LOAD_FAILED"> {
  return sessionError("NATIVE.LOAD_FAILED", `The native extension could not be loaded. ${rebuild}`, {
    details: { attempts },
    cause,
  });
}

/** `SESSION.EXTENSION_DUPLICATE`: one extension was given twice. */
export function extensionDuplicate(extension: string): SessionError<"SESSION.EXTENSION_DUPLICATE"> {
  return sessionError(
    "SESSION.EXTENSION_DUPLICATE",
    `The extension ${extension} is listed twice. Pass each extension once.`,
    { details: { extension } },
  );
}

/** `SESSION.EXTENSION_ORDER`: an extension needs one that is missing or stands behind it. */
export function extensionOrder(
  details: SessionDetails<"SESSION.EXTENSION_ORDER">,
): SessionError<"SESSION.EXTENSION_ORDER"> {
  const problem = details.problem === "missing" ? "is not in the list" : "stands behind it";
  return sessionError(
    "SESSION.EXTENSION_ORDER",
    `The extension ${details.extension} requires ${details.requires}, which ${problem}. ` +
      `Put ${details.requires} in front of ${details.extension}.`,
    { details },
  );
}

/** `SESSION.EXTENSION_CONFLICT`: two extensions contribute one thing with different specs. */
export function extensionConflict(
  details: SessionDetails<"SESSION.EXTENSION_CONFLICT">,
): SessionError<"SESSION.EXTENSION_CONFLICT"> {
  return sessionError(
    "SESSION.EXTENSION_CONFLICT",
    `The extensions ${details.extensions.join(" and ")} contribute the ${details.kind} ${details.name} differently. ` +
      "Remove one of them or make them agree.",
    { details },
  );
}

/** `SESSION.RULE_UNKNOWN`: an extension names a native part that the engine does not have. */
export function ruleUnknown(details: SessionDetails<"SESSION.RULE_UNKNOWN">): SessionError<"SESSION.RULE_UNKNOWN"> {
  const { kind, name, nearest } = details;
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return sessionError(
    "SESSION.RULE_UNKNOWN",
    `The engine has no ${kind} ${JSON.stringify(name)}.${hint} Correct the name in the contribution of the extension.`,
    { details },
  );
}

/** `SESSION.RULE_OPTIONS`: a member of a contribution has a value that it cannot have; `reason` is a clause. */
export function ruleOptions(
  details: SessionDetails<"SESSION.RULE_OPTIONS">,
  reason: string,
): SessionError<"SESSION.RULE_OPTIONS"> {
  const { extension, path } = details;
  return sessionError(
    "SESSION.RULE_OPTIONS",
    `The contribution of the extension ${extension} is wrong at ${path}: ${reason}. Correct the extension.`,
    { details },
  );
}

/** `SESSION.STEP_CYCLE`: install steps wait for each other. */
export function stepCycle(steps: readonly string[]): SessionError<"SESSION.STEP_CYCLE"> {
  return sessionError(
    "SESSION.STEP_CYCLE",
    `The install steps ${steps.join(", ")} wait for each other. Remove one "after" of them.`,
    { details: { steps } },
  );
}

/** `SESSION.INSTALL_FAILED`: a step of opening the session failed; everything that was opened is closed again. */
export function installFailed(
  details: SessionDetails<"SESSION.INSTALL_FAILED">,
  cause: unknown,
): SessionError<"SESSION.INSTALL_FAILED"> {
  return sessionError(
    "SESSION.INSTALL_FAILED",
    `The session was not opened: step ${details.step} of phase ${details.phase} failed. The cause says why.`,
    { details, cause },
  );
}

/** `SESSION.DISPOSE_FAILED`: disposers of extensions rejected; everything else of the session is closed. */
export function disposeFailed(
  extensions: readonly string[],
  failures: readonly unknown[],
): SessionError<"SESSION.DISPOSE_FAILED"> {
  const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return sessionError(
    "SESSION.DISPOSE_FAILED",
    `The session is closed, but the extensions ${extensions.join(", ")} could not give back what they held: ${reasons.join("; ")}`,
    { details: { extensions, reasons }, cause: failures[0] },
  );
}

/** `SESSION.SETTING_NOT_APPLIED`: the engine reports another value than the one that was asked for. */
export function settingNotApplied(
  details: SessionDetails<"SESSION.SETTING_NOT_APPLIED">,
): SessionError<"SESSION.SETTING_NOT_APPLIED"> {
  return sessionError(
    "SESSION.SETTING_NOT_APPLIED",
    `The setting ${details.key} was to be ${String(details.requested)}, but the engine uses ${String(details.effective)}. ` +
      "Correct the value in the profile.",
    { details },
  );
}

/** `SESSION.READ_ONLY`: the profile's access forbids an operation. */
export function readOnly(operation: string): SessionError<"SESSION.READ_ONLY"> {
  return sessionError(
    "SESSION.READ_ONLY",
    `${operation} is not possible: the profile has access "read_only". Open the session with access "read_write".`,
    { details: { operation } },
  );
}

/** `SESSION.SHARED_MUTATION`: SET or RESET through a handle of a session that others use too. */
export function sharedMutation(statement: string): SessionError<"SESSION.SHARED_MUTATION"> {
  return sessionError(
    "SESSION.SHARED_MUTATION",
    `${statement} would change the settings of everybody who has this session from the cache. Open a session of your own ` +
      "with openSession(), or put the setting into the profile.",
    { details: { statement } },
  );
}

/** `SESSION.SHARED_MUTATION`: SET or RESET of a limit of caches that other sessions use too. */
export function sharedCacheMutation(statement: string): SessionError<"SESSION.SHARED_MUTATION"> {
  return sessionError(
    "SESSION.SHARED_MUTATION",
    `${statement} would change the caches of every session of the cache scope. Open a session without it, or put the ` +
      "limits into the profile of the scope.",
    { details: { statement } },
  );
}

/** `SESSION.CLOSED`: a cache scope was closed before the call. */
export function cacheScopeClosed(): SessionError<"SESSION.CLOSED"> {
  return sessionError("SESSION.CLOSED", "The cache scope is closed. Make another one with createCacheScope().", {
    details: { sessionId: null },
  });
}

/** `SESSION.CLOSED`: a cache of sessions was closed before the call, or while it waited. */
export function sessionCacheClosed(): SessionError<"SESSION.CLOSED"> {
  return sessionError(
    "SESSION.CLOSED",
    "The cache of sessions is closed. Make another one with createSessionCache().",
    {
      details: { sessionId: null },
    },
  );
}

/** `SESSION.CLOSED`: the session was closed before the call. */
export function sessionClosed(sessionId: string): SessionError<"SESSION.CLOSED"> {
  return sessionError("SESSION.CLOSED", `The session ${sessionId} is closed. Open another one.`, {
    details: { sessionId },
  });
}
