import { canonicalJson } from "@deltafuse/config/canonical-json";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { migratePlanArtifact, type PlanArtifact } from "./plan-artifact.ts";

/**
 * What a history of plans says. `same`: what was asked more than once was planned alike each time; `diverged`: something was
 * planned in another way although nothing had changed; `unknown`: nothing was asked twice, or an entry cannot be read.
 */
export type DeterminismVerdict = "same" | "diverged" | "unknown";

/**
 * Looks for a query that was optimised to different plans although query, session, engine, tables and parameters were the
 * same. Pure: nothing is deleted, whatever the history holds. An instance of a table in memory is not compared, since it
 * differs in every process.
 *
 * @param history - Artifacts as `JSON.parse` gave them, in any order.
 */
export function checkDeterminism(history: readonly unknown[]): DeterminismVerdict {
  const digests = new Map<string, Set<string>>();
  let repeated = false;
  for (const json of history) {
    const artifact = readable(json);
    if (artifact === null) return "unknown";
    const question = questionOf(artifact);
    const seen = digests.get(question);
    repeated ||= seen !== undefined;
    digests.set(question, new Set([...(seen ?? []), artifact.p1.digest]));
  }
  if ([...digests.values()].some(({ size }) => size > 1)) return "diverged";
  return repeated ? "same" : "unknown";
}

function readable(json: unknown): PlanArtifact | null {
  try {
    return migratePlanArtifact(json);
  } catch (error) {
    if (isDeltaFuseError(error, "PLAN.")) return null;
    throw error;
  }
}

function questionOf({ p0, sessionHash, engine, tables, parameters }: PlanArtifact): string {
  const read = tables.map(({ catalog, schema, name, kind, schemaHash, deltaVersion, tableId }) =>
    canonicalJson({ catalog, schema, name, kind, schemaHash, deltaVersion, tableId }),
  );
  const types = parameters.map(({ name, type }) => canonicalJson([name, type]));
  return canonicalJson([p0.digest, sessionHash, { ...engine }, read.toSorted(), types.toSorted()]);
}
