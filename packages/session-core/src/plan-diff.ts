import { canonicalJson } from "@deltafuse/config/canonical-json";
import { planChanged } from "./plan-errors.ts";
import type { PlanArtifact, PlanStage, PlanStageName } from "./plan-artifact.ts";
import { diffPlanSessions, type PlanSessionDiff } from "./plan-session.ts";
import type { FunctionUse, TableUse } from "./plan-use.ts";
import { unifiedDiff } from "./text-diff.ts";

/** Which parts of two artifacts differ; what one of them does not hold is not compared. */
export interface PlanChanges extends Readonly<Record<PlanStageName, boolean>> {
  /** The columns of the result. */
  readonly schema: boolean;
  /** The tables, versions apart: another one, or one of that name with other columns or of another kind. */
  readonly tables: boolean;
  /** Versions of Delta tables. */
  readonly versions: boolean;
  readonly functions: boolean;
  /** Profile, extensions, settings or engine: the hash of the session. */
  readonly session: boolean;
  /** Settings in effect. */
  readonly settings: boolean;
  readonly engine: boolean;
  /** Names and types of parameters. */
  readonly parameters: boolean;
  /** What the planner expects of the physical plans; false where one has none. */
  readonly statistics: boolean;
  /** The plans for other engines; false where one has none. */
  readonly substrait: boolean;
}

/** What differs between two plans. */
export interface PlanDiff extends PlanSessionDiff {
  readonly changed: PlanChanges;
  /** Where they part; null where all stages are equal. */
  readonly firstStage: PlanStageName | null;
  readonly tables: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Tables of the same name that are not the same table. */
    readonly replaced: readonly string[];
    readonly reversioned: readonly VersionChange[];
  };
  readonly functions: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Unified diffs of the plans; empty where a stage is equal, and where an artifact has not its text. */
  readonly text: Readonly<Record<PlanStageName, string>>;
  /** One line for people. */
  readonly summary: string;
}

/** A Delta table that is read at another version. */
export interface VersionChange {
  readonly table: string;
  readonly before: number | null;
  readonly after: number | null;
}

const stageNames: readonly PlanStageName[] = ["p0", "p1", "p2"];
/** What depends on the query alone: the physical plan also depends on files and cores. */
const gateStages: readonly PlanStageName[] = ["p0", "p1"];

/** Compares two plans. Pure; the artifacts may come from different processes and machines. */
export function diffPlanArtifacts(before: PlanArtifact, after: PlanArtifact): PlanDiff {
  const tables = tableChanges(before.tables, after.tables);
  const functions = functionChanges(before.functions, after.functions);
  const session = diffPlanSessions(before.session, after.session);
  const stagesOf = (stage: PlanStageName): readonly [PlanStage, PlanStage] | null => {
    const [old, young] = [before[stage], after[stage]];
    return old === undefined || young === undefined ? null : [old, young];
  };
  const stageChanged = (stage: PlanStageName): boolean => {
    const both = stagesOf(stage);
    return both !== null && both[0].digest !== both[1].digest;
  };
  const changed: PlanChanges = {
    p0: stageChanged("p0"),
    p1: stageChanged("p1"),
    p2: stageChanged("p2"),
    schema: before.p1.schemaHash !== after.p1.schemaHash,
    tables: [tables.added, tables.removed, tables.replaced].some((names) => names.length > 0),
    versions: tables.reversioned.length > 0,
    functions: functions.added.length + functions.removed.length > 0,
    session: before.sessionHash !== after.sessionHash,
    settings: session.settings.length > 0,
    engine: canonicalJson({ ...before.engine }) !== canonicalJson({ ...after.engine }),
    parameters: parameterText(before) !== parameterText(after),
    statistics: statisticsChanged(before, after),
    substrait: before.substrait !== undefined && after.substrait !== undefined && before.substrait !== after.substrait,
  };
  const diffOf = (stage: PlanStageName): string => {
    if (!changed[stage]) return "";
    const [old, young] = [before[stage]?.text, after[stage]?.text];
    return old === undefined || young === undefined
      ? ""
      : unifiedDiff(old, young, [`before ${stage}`, `after ${stage}`]);
  };
  return {
    changed,
    firstStage: stageNames.find((stage) => changed[stage]) ?? null,
    tables,
    functions,
    ...session,
    text: { p0: diffOf("p0"), p1: diffOf("p1"), p2: diffOf("p2") },
    summary: summaryOf(changed, { tables, functions, ...session }),
  };
}

function statisticsChanged({ physical: before }: PlanArtifact, { physical: after }: PlanArtifact): boolean {
  if (before === undefined || after === undefined) return false;
  return canonicalJson({ ...before.statistics }) !== canonicalJson({ ...after.statistics });
}

/** Which stages {@link assertPlanUnchanged} compares. */
export interface PlanGateOptions {
  /** Default: `p0` and `p1`. */
  readonly stages?: readonly PlanStageName[];
}

/**
 * Refuses a plan that is not the one of the baseline: a gate for tests and builds. Only the stages count; a new version of a
 * table leaves the plan what it is.
 *
 * Throws `PLAN.CHANGED {stages, summary, diff}`.
 */
export function assertPlanUnchanged(
  baseline: PlanArtifact,
  current: PlanArtifact,
  { stages = gateStages }: PlanGateOptions = {},
): void {
  const { changed, text, summary } = diffPlanArtifacts(baseline, current);
  const others = stages.filter((stage) => changed[stage]);
  const [first] = others;
  if (first !== undefined) throw planChanged({ stages: others, summary, diff: text[first] });
}

type TableChanges = PlanDiff["tables"];

function tableChanges(before: readonly TableUse[], after: readonly TableUse[]): TableChanges {
  const old = byName(before);
  const young = byName(after);
  const both = [...old.keys()].filter((name) => young.has(name));
  const versionsOf = (uses: readonly TableUse[] = []): readonly (number | null)[] =>
    uses.map(({ deltaVersion }) => deltaVersion).toSorted((a, b) => (a ?? -1) - (b ?? -1));
  const identities = (uses: readonly TableUse[] = []): string => canonicalJson(uses.map(identityOf).toSorted());
  const replaced = both.filter((name) => identities(old.get(name)) !== identities(young.get(name)));
  const reversioned = both
    .filter((name) => !replaced.includes(name))
    .flatMap((table) => {
      const now = versionsOf(young.get(table));
      return versionsOf(old.get(table)).map((version, index) => ({
        table,
        before: version,
        after: now[index] ?? null,
      }));
    })
    .filter(({ before: was, after: is }) => was !== is);
  return { added: missingIn(young, old), removed: missingIn(old, young), replaced, reversioned };
}

function byName(uses: readonly TableUse[]): ReadonlyMap<string, readonly TableUse[]> {
  const groups = new Map<string, TableUse[]>();
  for (const use of uses) {
    const name = [use.catalog, use.schema, use.name].filter((part) => part !== null).join(".");
    groups.set(name, [...(groups.get(name) ?? []), use]);
  }
  return groups;
}

/** What a table is beside its version; what is read of it shows in the plan. */
function identityOf({ kind, instance, schemaHash, tableId }: TableUse): string {
  return canonicalJson({ kind, instance, schemaHash, tableId });
}

function missingIn(names: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): readonly string[] {
  return [...names.keys()].filter((name) => !others.has(name)).toSorted();
}

function functionChanges(before: readonly FunctionUse[], after: readonly FunctionUse[]): PlanDiff["functions"] {
  const textOf = ({ name, kind, volatility, signatureHash }: FunctionUse): string =>
    `${name} (${volatility} ${kind}${signatureHash === null ? "" : ` ${signatureHash}`})`;
  const old = new Map(before.map((use) => [textOf(use), use]));
  const young = new Map(after.map((use) => [textOf(use), use]));
  return { added: missingIn(young, old), removed: missingIn(old, young) };
}

function parameterText({ parameters }: PlanArtifact): string {
  return canonicalJson(parameters.map(({ name, type }) => canonicalJson([name, type])).toSorted());
}

type NamedChanges = Pick<PlanDiff, "tables" | "functions" | "settings" | "sections">;

function summaryOf(changed: PlanChanges, { tables, functions, settings, sections }: NamedChanges): string {
  const parts = Object.entries(changed).flatMap(([part, differs]) => (differs ? [part] : []));
  if (parts.length === 0) return "The plans are equal.";
  const signed = (sign: string, names: readonly string[]): readonly string[] => names.map((name) => `${sign}${name}`);
  const objects = [
    ...signed("+", tables.added),
    ...signed("-", tables.removed),
    ...signed("!", tables.replaced),
    ...tables.reversioned.map(({ table, before, after }) => `${table} ${String(before)} → ${String(after)}`),
    ...signed("+", functions.added),
    ...signed("-", functions.removed),
    ...settings.map(({ key, before, after }) => `${key} ${String(before)} → ${String(after)}`),
    ...sections,
  ];
  return `Changed: ${parts.join(", ")}.${objects.length === 0 ? "" : ` ${objects.join(", ")}.`}`;
}
