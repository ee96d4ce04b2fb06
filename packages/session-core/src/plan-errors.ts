import { sessionError } from "./errors.ts";
import type { SessionDetails, SessionError } from "./errors.ts";

/** Version of the artifacts that are made. */
const newest = 1;

/** `PLAN.CHANGED`: a plan is not the one of the baseline. */
export function planChanged(details: SessionDetails<"PLAN.CHANGED">): SessionError<"PLAN.CHANGED"> {
  return sessionError(
    "PLAN.CHANGED",
    `The plan is not the one of the baseline. ${details.summary} If the new plan is right, keep it as the baseline.\n` +
      details.diff,
    { details },
  );
}

/** `PLAN.UNKNOWN_ARTIFACT_VERSION`: JSON that is no plan artifact of a version that is known. */
export function unknownArtifactVersion(
  version: number | null,
  cause: unknown,
): SessionError<"PLAN.UNKNOWN_ARTIFACT_VERSION"> {
  const isNewer = version !== null && version > newest;
  const what = isNewer ? `a plan artifact of version ${version}` : "no plan artifact that can be read";
  const advice = isNewer ? "Read it with the version that wrote it" : "Take the artifact of the query again";
  return sessionError(
    "PLAN.UNKNOWN_ARTIFACT_VERSION",
    `The JSON is ${what}; this version reads up to version ${newest}. ${advice}.`,
    { details: { version, newest }, ...(cause === null ? {} : { cause }) },
  );
}

/** `PLAN.SUBSTRAIT_UNSUPPORTED`: a plan that Substrait cannot express. */
export function substraitUnsupported(reason: string): SessionError<"PLAN.SUBSTRAIT_UNSUPPORTED"> {
  return sessionError("PLAN.SUBSTRAIT_UNSUPPORTED", reason, { details: { reason } });
}

/** `PLAN.VERSION_CONFLICT`: one Delta table at two versions. */
export function versionConflict(
  details: SessionDetails<"PLAN.VERSION_CONFLICT">,
): SessionError<"PLAN.VERSION_CONFLICT"> {
  const { table, versions } = details;
  return sessionError(
    "PLAN.VERSION_CONFLICT",
    `The plan reads the Delta table '${table}' at the versions ${versions.join(" and ")}. ` +
      "Read both sides at one version, or open each of them at the version you mean.",
    { details },
  );
}
