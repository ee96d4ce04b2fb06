import { isDeltaFuseError } from "@deltafuse/config/errors";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { noBounds } from "./before-execute.ts";
import type { FrameNode } from "./frame-node.ts";
import type { ArtifactOptions } from "./frame.ts";
import { readLineage } from "./lineage.ts";
import type { PlanArtifact } from "./plan-artifact.ts";
import { explainText, type PlannedSite, sqlText } from "./plan-text.ts";
import { openQuery, type QueryOptions } from "./query-open.ts";
import type { QueryRun } from "./query-run.ts";
import { readSubstrait } from "./substrait-plan.ts";

/** Where a plan is captured. */
export interface CaptureSite extends PlannedSite {
  readonly node: FrameNode;
  readonly run: QueryRun | undefined;
}

/** The artifact with what else was asked for. What SQL cannot say is a warning; a run that fails rejects. */
export async function withCaptures(
  artifact: PlanArtifact,
  site: CaptureSite,
  { how, options }: { readonly how: ArtifactOptions; readonly options: QueryOptions },
): Promise<PlanArtifact> {
  const explain = how.explain === true ? { explain: await explainText(site, { format: "indent" }, options) } : {};
  const sql = how.sql === true ? await capturedSql(site, options) : {};
  const analyze = how.analyze === true ? { analyze: await analyzed(site.node, options) } : {};
  const { state, planned } = site;
  const lineage = how.lineage === true ? { lineage: await readLineage(state, planned, options) } : {};
  const substrait = how.substrait === true ? await capturedSubstrait(site, options) : {};
  const warnings = [artifact, sql, substrait].flatMap((capture) => capture.warnings ?? []);
  return { ...artifact, ...explain, ...sql, ...analyze, ...lineage, ...substrait, warnings };
}

type Capture<Member extends "sql" | "substrait"> = Partial<Pick<PlanArtifact, Member | "warnings">>;

async function capturedSubstrait(
  { state, planned }: CaptureSite,
  options: QueryOptions,
): Promise<Capture<"substrait">> {
  const { bytes, warnings } = await readSubstrait(state, planned, options);
  return bytes === undefined ? { warnings } : { substrait: Buffer.from(bytes).toString("base64"), warnings };
}

async function capturedSql(site: CaptureSite, options: QueryOptions): Promise<Capture<"sql">> {
  try {
    return { sql: await sqlText(site, "datafusion", options) };
  } catch (error) {
    if (!isDeltaFuseError(error, "ENGINE.")) throw error;
    const { code, message } = toErrorPayload(error);
    const hooks = site.run?.hooks ?? site.state.hooks;
    hooks.emit("plan.capture_failed", { artifact: "sql", code, message });
    return { warnings: [{ code: "UNPARSE", message }] };
  }
}

async function analyzed(node: FrameNode, options: QueryOptions): Promise<PlanArtifact["analyze"]> {
  const stream = await openQuery(node, options, { bounds: noBounds, atOnce: true });
  const failure = await stream.drained();
  if (failure !== null) throw failure.error;
  const { durationMs, rows } = await stream.profile();
  return { durationMs, rows };
}
