import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import * as z from "@deltafuse/config/zod";
import { type EngineVersions, engineVersionsSchema } from "./contract.ts";
import { fingerprintSchema } from "./fingerprint-schema.ts";
import type { PlannedFrame } from "./frame-node.ts";
import { type Lineage, lineageSchema } from "./lineage.ts";
import {
  type DeterminismFacts,
  type PlanDeterminism,
  planDeterminism,
  planDeterminismSchema,
} from "./plan-determinism.ts";
import { unknownArtifactVersion, versionConflict } from "./plan-errors.ts";
import { type PhysicalFacts, physicalFactsSchema } from "./plan-physical.ts";
import { type PlanSession, planSessionSchema } from "./plan-session.ts";
import {
  type FunctionUse,
  functionUseSchema,
  type ParameterUse,
  parameterUseSchema,
  planFingerprint,
  type TableUse,
  tableUseMembers,
  tableUseSchema,
} from "./plan-use.ts";
import { type PlanWarning, planWarningSchema } from "./plan-warning.ts";
import type { SessionState } from "./session-state.ts";

/** A stage of planning: as planned, optimised, physical. */
export type PlanStageName = "p0" | "p1" | "p2";

/** One stage of a plan. */
export interface PlanStage {
  /** Fingerprint of the text. */
  readonly digest: string;
  /** The plan, indented, with the columns of every node; absent where `retain` has left it out. */
  readonly text?: string | undefined;
  /** Hash of the output columns. */
  readonly schemaHash: string;
  readonly nodeCount: number;
}

/** A table that a plan reads, and when what is read of it was written. */
export interface PlanTable extends TableUse {
  /**
   * When the version of a Delta table was committed, in milliseconds since 1970: its own time where the commits have one,
   * else that of the commit's file; null for other tables. It is not part of the fingerprint.
   */
  readonly timestampMs: number | null;
}

/** What a query is, as data: equal fingerprints mean equal plans over equal tables under equal settings. */
export interface PlanArtifact {
  readonly artifactVersion: 1;
  /** Fingerprint of the optimised plan, the session and what the plan reads. */
  readonly planFingerprint: Fingerprint;
  /** Profile, engine and effective settings the plan was made under. */
  readonly sessionHash: Fingerprint;
  /** What that hash is made of, so that a diff can name what has changed. */
  readonly session: PlanSession;
  readonly engine: EngineVersions;
  /** The logical plan as planned. */
  readonly p0: PlanStage;
  /** The logical plan, optimised. */
  readonly p1: PlanStage;
  readonly tables: readonly PlanTable[];
  readonly functions: readonly FunctionUse[];
  readonly parameters: readonly ParameterUse[];
  /** When asked for. */
  readonly lineage?: Lineage | undefined;
  /** The optimised plan in Substrait, in base64; when asked for and where it can be expressed. */
  readonly substrait?: string | undefined;
  /** The optimised plan as a `datafusion.LogicalPlanNode`, in base64; when asked for and where it can be expressed. */
  readonly proto?: string | undefined;
  /** The physical plan, when asked for; it depends on the number of files and cores. */
  readonly p2?: PlanStage | undefined;
  /** What stands out in the physical plan, when asked for. */
  readonly physical?: PhysicalFacts | undefined;
  /** The text of EXPLAIN, when asked for. */
  readonly explain?: string | undefined;
  /** How a run went, when asked for. */
  readonly analyze?: { readonly durationMs: number; readonly rows: number } | undefined;
  /** The query as SQL, when asked for and where SQL has words for it. */
  readonly sql?: string | undefined;
  /** How long planning took; null for a phase that did not run here. */
  readonly timingsMs: PlanTimings;
  /** Whether the plan gives the same rows again. */
  readonly determinism: PlanDeterminism;
  /** What was asked for and is missing, and what readers of the Substrait may not understand. */
  readonly warnings: readonly PlanWarning[];
}

/** Milliseconds of the phases of planning; null where a phase did not run. */
export interface PlanTimings {
  readonly parse: number | null;
  readonly analyze: number | null;
  readonly optimize: number;
  readonly physical: number | null;
}

const stageSchema = z.strictObject({
  digest: z.string(),
  text: z.optional(z.string()),
  schemaHash: z.string(),
  nodeCount: z.int(),
});

/** What the engine tells of a plan. */
export interface PlanReply extends Pick<PlanArtifact, "p0" | "p1" | "p2" | "physical" | "functions">, DeterminismFacts {
  /** When the version of each of the tables was committed. */
  readonly timestampsMs: readonly (number | null)[];
  readonly timings: { readonly optimizeUs: number; readonly physicalUs: number | null };
}

const replySchema: z.ZodMiniType<PlanReply> = z.strictObject({
  p0: stageSchema,
  p1: stageSchema,
  p2: z.optional(stageSchema),
  physical: z.optional(physicalFactsSchema),
  tables: z.array(tableUseSchema),
  functions: z.array(functionUseSchema),
  pinned: z.array(z.boolean()),
  timestampsMs: z.array(z.nullable(z.int())),
  unstable: z.array(functionUseSchema),
  looseLimits: z.array(z.enum(["unordered", "ties"])),
  timings: z.strictObject({ optimizeUs: z.int(), physicalUs: z.nullable(z.int()) }),
});

/** Asks the engine for the plan of a frame; nothing is run. */
export async function readPlan(
  state: SessionState,
  planned: PlannedFrame,
  { physical = false, ...options }: AbortableOptions & { readonly physical?: boolean },
): Promise<PlanReply> {
  const reply = await state.call(
    { entrypoint: "frame.planArtifact", on: planned.handle, request: { texts: true, physical }, reply: replySchema },
    options,
  );
  return reply.body;
}

/** Where and how a plan was made. */
export interface PlanSetting {
  readonly sessionHash: Fingerprint;
  readonly session: PlanSession;
  readonly engine: EngineVersions;
  readonly parameters: readonly ParameterUse[];
  /** Time of parsing and of planning the statement at its root. */
  readonly timings: PlannedFrame["timings"];
}

/** The artifact of a plan. Pure. Throws `PLAN.VERSION_CONFLICT`. */
export function planArtifact(plan: PlanReply, setting: PlanSetting): PlanArtifact {
  const { p0, p1, p2, physical, tables, functions, pinned, timestampsMs, timings } = plan;
  const { sessionHash, session, engine, parameters } = setting;
  assertOneVersion(tables, pinned);
  const identity = { p1: p1.digest, sessionHash, tables, functions, parameterTypes: parameters };
  return {
    artifactVersion: 1,
    planFingerprint: planFingerprint(identity),
    sessionHash,
    session,
    engine,
    p0,
    p1,
    tables: tables.map((table, index) => ({ ...table, timestampMs: timestampsMs[index] ?? null })),
    functions,
    parameters,
    ...(p2 === undefined ? {} : { p2 }),
    ...(physical === undefined ? {} : { physical }),
    timingsMs: {
      parse: milliseconds(setting.timings.parseUs),
      analyze: milliseconds(setting.timings.analyzeUs),
      optimize: timings.optimizeUs / 1e3,
      physical: milliseconds(timings.physicalUs),
    },
    determinism: planDeterminism(plan),
    warnings: [],
  };
}

function milliseconds(us: number | null): number | null {
  return us === null ? null : us / 1e3;
}

/** Refuses a plan that reads one Delta table at two versions, unless both were asked for. */
function assertOneVersion(tables: readonly TableUse[], pinned: readonly boolean[]): void {
  const seen = new Map<string, { readonly version: number | null; readonly pinned: boolean }>();
  for (const [index, { tableId, name, deltaVersion: version }] of tables.entries()) {
    if (tableId === null) continue;
    const own = { version, pinned: pinned[index] === true };
    const other = seen.get(tableId) ?? own;
    if (other.version !== version && !(other.pinned && own.pinned)) {
      throw versionConflict({ table: name, versions: [other.version, version].filter((known) => known !== null) });
    }
    seen.set(tableId, other.pinned ? own : other);
  }
}

/** An artifact that was kept before it told of times has none. */
const planTableSchema: z.ZodMiniType<PlanTable> = z.strictObject({
  ...tableUseMembers,
  timestampMs: z._default(z.nullable(z.int()), null),
});

const artifactSchema: z.ZodMiniType<PlanArtifact> = z.strictObject({
  artifactVersion: z.literal(1),
  planFingerprint: fingerprintSchema,
  sessionHash: fingerprintSchema,
  session: planSessionSchema,
  engine: engineVersionsSchema,
  p0: stageSchema,
  p1: stageSchema,
  tables: z.array(planTableSchema),
  functions: z.array(functionUseSchema),
  parameters: z.array(parameterUseSchema),
  lineage: z.optional(lineageSchema),
  substrait: z.optional(z.base64()),
  proto: z.optional(z.base64()),
  p2: z.optional(stageSchema),
  physical: z.optional(physicalFactsSchema),
  explain: z.optional(z.string()),
  analyze: z.optional(z.strictObject({ durationMs: z.number(), rows: z.int() })),
  sql: z.optional(z.string()),
  timingsMs: z.strictObject({
    parse: z.nullable(z.number()),
    analyze: z.nullable(z.number()),
    optimize: z.number(),
    physical: z.nullable(z.number()),
  }),
  determinism: planDeterminismSchema,
  warnings: z.array(planWarningSchema),
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
