import { ConfigError, type ConfigErrorDetails, type ConfigIssue, type UnmetRequirement } from "./errors.ts";

function issueLine(issue: ConfigIssue): string {
  const hint = issue.suggestion === undefined ? "" : ` Did you mean ${issue.suggestion}?`;
  return `  ${issue.path === "" ? "(profile)" : issue.path}: ${issue.message}${hint}`;
}

function issueList(what: string, issues: readonly ConfigIssue[]): string {
  const count = issues.length === 1 ? "1 problem" : `${issues.length} problems`;
  return [`${what} ${count}.`, ...issues.map(issueLine)].join("\n");
}

/** `CONFIG.INVALID_PROFILE`: every problem of a profile at once. */
export function invalidProfile(issues: readonly ConfigIssue[]): ConfigError<"CONFIG.INVALID_PROFILE"> {
  return new ConfigError({
    code: "CONFIG.INVALID_PROFILE",
    message: issueList("The profile has", issues),
    details: { issues },
  });
}

/** `CONFIG.INVALID_ENV`: every problem of the `DELTAFUSE_*` variables at once. */
export function invalidEnv(issues: readonly ConfigIssue[]): ConfigError<"CONFIG.INVALID_ENV"> {
  return new ConfigError({
    code: "CONFIG.INVALID_ENV",
    message: issueList("The DELTAFUSE_* environment variables have", issues),
    details: { issues },
  });
}

/** `CONFIG.EXTENSION_CONFLICT`: two extensions want different defaults of one setting. */
export function extensionConflict(
  details: ConfigErrorDetails["CONFIG.EXTENSION_CONFLICT"],
): ConfigError<"CONFIG.EXTENSION_CONFLICT"> {
  const wanted = details.values.map(({ extension, value }) => `${extension} wants ${value ?? "the engine's default"}`);
  return new ConfigError({
    code: "CONFIG.EXTENSION_CONFLICT",
    message: `Extensions contribute different defaults of ${details.key}: ${wanted.join(", ")}. Use one of them only.`,
    details,
  });
}

function requirementLine({ extension, key, required, actual, source, path, reason }: UnmetRequirement): string {
  const place = path === null ? source : `${source}, ${path}`;
  return `The extension ${extension} needs ${key} = ${required ?? "NULL"}, but it is ${actual ?? "NULL"} (${place}): ${reason}.`;
}

/** `CONFIG.REQUIREMENT_UNMET`: extensions need settings that have other values. */
export function requirementUnmet(requirements: readonly UnmetRequirement[]): ConfigError<"CONFIG.REQUIREMENT_UNMET"> {
  return new ConfigError({
    code: "CONFIG.REQUIREMENT_UNMET",
    message: requirements.map(requirementLine).join("\n"),
    details: { requirements },
  });
}

/** `CONFIG.INVALID_SIZE`: a text or number that is not a size in bytes. */
export function invalidSize(input: string, reason: string): ConfigError<"CONFIG.INVALID_SIZE"> {
  return new ConfigError({
    code: "CONFIG.INVALID_SIZE",
    message: `${JSON.stringify(input)} is not a size: ${reason}. Write bytes ("1024") or a unit ("64MiB", "1.5GiB").`,
    details: { input, reason },
  });
}

/** `CONFIG.INVALID_DURATION`: a text or number that is not a duration. */
export function invalidDuration(input: string, reason: string): ConfigError<"CONFIG.INVALID_DURATION"> {
  return new ConfigError({
    code: "CONFIG.INVALID_DURATION",
    message: `${JSON.stringify(input)} is not a duration: ${reason}. Write "250ms", "30s" or "1m30s".`,
    details: { input, reason },
  });
}

/** `CONFIG.NOT_CANONICAL`: a value that canonical JSON cannot express. */
export function notCanonical(path: string, reason: string): ConfigError<"CONFIG.NOT_CANONICAL"> {
  const place = path === "" ? "The value" : `The value at ${path}`;
  return new ConfigError({
    code: "CONFIG.NOT_CANONICAL",
    message: `${place} has no canonical JSON form: ${reason}.`,
    details: { path, reason },
  });
}

/** `CONFIG.INVALID_FINGERPRINT`: not a fingerprint, or not a valid kind or version of one. */
export function invalidFingerprint(input: string, reason: string): ConfigError<"CONFIG.INVALID_FINGERPRINT"> {
  return new ConfigError({
    code: "CONFIG.INVALID_FINGERPRINT",
    message: `${JSON.stringify(input)} is not valid for a fingerprint: ${reason}.`,
    details: { input, reason },
  });
}

/** `CONFIG.INVALID_IDENTIFIER`: a text that cannot be an id or a name of the given kind. */
export function invalidIdentifier(
  kind: string,
  input: string,
  reason: string,
): ConfigError<"CONFIG.INVALID_IDENTIFIER"> {
  return new ConfigError({
    code: "CONFIG.INVALID_IDENTIFIER",
    message: `${JSON.stringify(input)} is not a valid ${kind}: ${reason}.`,
    details: { kind, input, reason },
  });
}
