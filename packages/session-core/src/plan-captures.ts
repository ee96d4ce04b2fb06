import { InternalError, isDeltaFuseError } from "@deltafuse/config/errors";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { EventMap } from "@deltafuse/hooks/events";
import { noBounds } from "./before-execute.ts";
import type { FrameNode } from "./frame-node.ts";
import type { ArtifactOptions } from "./frame.ts";
import { readLineage } from "./lineage.ts";
import type { PlanArtifact } from "./plan-artifact.ts";
import { readProto } from "./plan-proto.ts";
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
  const proto = how.proto === true ? await capturedProto(site, options) : {};
  const warnings = [artifact, sql, substrait, proto].flatMap((capture) => capture.warnings ?? []);
  return { ...artifact, ...explain, ...sql, ...analyze, ...lineage, ...substrait, ...proto, warnings };
}

type Capture<Member extends "sql" | "substrait" | "proto"> = Partial<Pick<PlanArtifact, Member | "warnings">>;

function tellFailed({ run, state }: CaptureSite, failure: EventMap["plan.capture_failed"]): void {
  (run?.hooks ?? state.hooks).emit("plan.capture_failed", failure);
}

async function capturedSubstrait(site: CaptureSite, options: QueryOptions): Promise<Capture<"substrait">> {
  const { bytes, warnings } = await readSubstrait(site.state, site.planned, options);
  if (bytes !== undefined) return { substrait: Buffer.from(bytes).toString("base64"), warnings };
  const message = warnings.map((warning) => warning.message).join(" ");
  tellFailed(site, { artifact: "substrait", code: "PLAN.SUBSTRAIT_UNSUPPORTED", message });
  return { warnings };
}

async function capturedProto(site: CaptureSite, options: QueryOptions): Promise<Capture<"proto">> {
  const { bytes, refusal } = await readProto(site.state, site.planned, options);
  if (bytes !== undefined) return { proto: Buffer.from(bytes).toString("base64") };
  if (refusal === undefined) throw new InternalError("The plan was neither encoded nor refused");
  tellFailed(site, { artifact: "proto", ...refusal });
  return { warnings: [{ code: "PROTO", message: refusal.message }] };
}

async function capturedSql(site: CaptureSite, options: QueryOptions): Promise<Capture<"sql">> {
  try {
    return { sql: await sqlText(site, "datafusion", options) };
  } catch (error) {
    if (!isDeltaFuseError(error, "ENGINE.")) throw error;
    const { code, message } = toErrorPayload(error);
    tellFailed(site, { artifact: "sql", code, message });
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
