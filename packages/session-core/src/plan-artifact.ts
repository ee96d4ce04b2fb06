import type { AbortableOptions } from "@deltafuse/config/abort";
import { type Fingerprint, parseFingerprint } from "@deltafuse/config/fingerprint";
import { z } from "zod";
import { type EngineVersions, engineVersionsSchema } from "./contract.ts";
import type { PlannedFrame } from "./frame-node.ts";
import { type Lineage, lineageSchema } from "./lineage.ts";
import { unknownArtifactVersion } from "./plan-errors.ts";
import {
  type FunctionUse,
  functionUseSchema,
  type ParameterUse,
  parameterUseSchema,
  planFingerprint,
  type TableUse,
  tableUseSchema,
} from "./plan-use.ts";
import { type PlanWarning, planWarningSchema } from "./plan-warning.ts";
import type { SessionState } from "./session-state.ts";

/** One stage of a plan. */
export interface PlanStage {
  /** Fingerprint of the text. */
  readonly digest: string;
  /** The plan, indented, with the columns of every node. */
  readonly text: string;
  /** Hash of the output columns. */
  readonly schemaHash: string;
  readonly nodeCount: number;
}

/** What a query is, as data: equal fingerprints mean equal plans over equal tables under equal settings. */
export interface PlanArtifact {
  readonly artifactVersion: 1;
  /** Fingerprint of the optimised plan, the session and what the plan reads. */
  readonly planFingerprint: Fingerprint;
  /** Profile, engine and effective settings the plan was made under. */
  readonly sessionHash: Fingerprint;
  readonly engine: EngineVersions;
  /** The logical plan as planned. */
  readonly p0: PlanStage;
  /** The logical plan, optimised. */
  readonly p1: PlanStage;
  readonly tables: readonly TableUse[];
  readonly functions: readonly FunctionUse[];
  readonly parameters: readonly ParameterUse[];
  /** When asked for. */
  readonly lineage?: Lineage | undefined;
  /** The optimised plan in Substrait, in base64; when asked for and where it can be expressed. */
  readonly substrait?: string | undefined;
  /** What was asked for and is missing, and what readers of the Substrait may not understand. */
  readonly warnings: readonly PlanWarning[];
}

const stageSchema = z.strictObject({
  digest: z.string(),
  text: z.string(),
  schemaHash: z.string(),
  nodeCount: z.int(),
});

/** What the engine tells of a plan. */
export type PlanReply = Pick<PlanArtifact, "p0" | "p1" | "tables" | "functions">;

const replySchema: z.ZodType<PlanReply> = z.strictObject({
  p0: stageSchema,
  p1: stageSchema,
  tables: z.array(tableUseSchema),
  functions: z.array(functionUseSchema),
});

/** Asks the engine for the plan of a frame; nothing is run. */
export async function readPlan(
  state: SessionState,
  planned: PlannedFrame,
  options: AbortableOptions,
): Promise<PlanReply> {
  const reply = await state.call(
    { entrypoint: "frame.planArtifact", on: planned.handle, request: { texts: true }, reply: replySchema },
    options,
  );
  return reply.body;
}

/** Where a plan was made. */
export interface PlanSetting {
  readonly sessionHash: Fingerprint;
  readonly engine: EngineVersions;
  readonly parameters: readonly ParameterUse[];
}

/** The artifact of a plan. Pure. */
export function planArtifact(plan: PlanReply, { sessionHash, engine, parameters }: PlanSetting): PlanArtifact {
  const { p0, p1, tables, functions } = plan;
  const identity = { p1: p1.digest, sessionHash, tables, functions, parameterTypes: parameters };
  return {
    artifactVersion: 1,
    planFingerprint: planFingerprint(identity),
    sessionHash,
    engine,
    p0,
    p1,
    tables,
    functions,
    parameters,
    warnings: [],
  };
}

const fingerprintSchema: z.ZodType<Fingerprint> = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform(parseFingerprint);

const artifactSchema: z.ZodType<PlanArtifact> = z.strictObject({
  artifactVersion: z.literal(1),
  planFingerprint: fingerprintSchema,
  sessionHash: fingerprintSchema,
  engine: engineVersionsSchema,
  p0: stageSchema,
  p1: stageSchema,
  tables: z.array(tableUseSchema),
  functions: z.array(functionUseSchema),
  parameters: z.array(parameterUseSchema),
  lineage: lineageSchema.optional(),
  substrait: z.base64().optional(),
  warnings: z.array(planWarningSchema).default([]),
});

/**
 * Reads an artifact that was kept as JSON, also one of an earlier version of this package. Pure.
 *
 * Throws `PLAN.UNKNOWN_ARTIFACT_VERSION {version, newest}` for an artifact of a later version, and for what is no artifact.
 *
 * @param json - What `JSON.parse` gave.
 */
export function migratePlanArtifact(json: unknown): PlanArtifact {
  const versioned = z.looseObject({ artifactVersion: z.int() }).safeParse(json);
  const version = versioned.data?.artifactVersion ?? null;
  if (version !== 1) throw unknownArtifactVersion(version, null);
  const artifact = artifactSchema.safeParse(json);
  if (!artifact.success) throw unknownArtifactVersion(version, artifact.error);
  return artifact.data;
}
