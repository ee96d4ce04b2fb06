import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { EventMap } from "@deltafuse/hooks/events";
import * as z from "@deltafuse/config/zod";

type PlannedTable = EventMap["plan.compiled"]["tables"][number];
type PlannedFunction = EventMap["plan.compiled"]["functions"][number];

/** A table that a plan reads. */
export interface TableUse {
  /** Catalog and schema; null where the name gives none. */
  readonly catalog: string | null;
  readonly schema: string | null;
  readonly name: string;
  /** Kind of its provider. */
  readonly kind: "listing" | "memory" | "delta" | "view" | "function" | "other";
  /** Tells a table in memory from all others, and the call of a table function from calls with other arguments. */
  readonly instance: string | null;
  /** Hash of its columns. */
  readonly schemaHash: string;
  /** Version of a Delta table that is read. */
  readonly deltaVersion: number | null;
  /** Id of a Delta table. */
  readonly tableId: string | null;
  /** Columns that are read. */
  readonly columns: readonly string[];
  /** Number of filters the scan takes. */
  readonly filters: number;
}

/** A function that a plan calls. */
export interface FunctionUse {
  readonly name: string;
  readonly kind: "scalar" | "aggregate" | "window";
  readonly volatility: "immutable" | "stable" | "volatile";
  /** Fingerprint of the signature and the version of a TypeScript function; null for the engine's own. */
  readonly signatureHash: string | null;
}

/** Tables of a plan as events and interceptors tell them. */
export function plannedTables(tables: readonly TableUse[]): readonly PlannedTable[] {
  return tables.map(({ catalog, schema, name, kind, deltaVersion, columns, filters }) => {
    return { catalog, schema, name, provider: kind, deltaVersion, columns, filters };
  });
}

/** Functions of a plan as events and interceptors tell them. */
export function plannedFunctions(functions: readonly FunctionUse[]): readonly PlannedFunction[] {
  return functions.map(({ name, kind, volatility }) => ({ name, kind, volatility }));
}

/** Type of a parameter, as the planner has it. */
export interface ParameterUse {
  /** Without `$`; positions as `1`, `2`, …. */
  readonly name: string;
  /** Type text. */
  readonly type: string;
}

const text = z.string();
const textOrNull = z.nullable(text);

/** Members of {@link TableUse}, for strict schemas of longer ones. */
export const tableUseMembers: { readonly [K in keyof TableUse]: z.ZodMiniType<TableUse[K]> } = {
  catalog: textOrNull,
  schema: textOrNull,
  name: text,
  kind: z.enum(["listing", "memory", "delta", "view", "function", "other"]),
  instance: textOrNull,
  schemaHash: text,
  deltaVersion: z.nullable(z.int()),
  tableId: textOrNull,
  columns: z.array(text),
  filters: z.int(),
};

/** Shape of a table use in replies of the native extension. */
export const tableUseSchema: z.ZodMiniType<TableUse> = z.strictObject(tableUseMembers);

/** Shape of a function use in replies of the native extension. */
export const functionUseSchema: z.ZodMiniType<FunctionUse> = z.strictObject({
  name: text,
  kind: z.enum(["scalar", "aggregate", "window"]),
  volatility: z.enum(["immutable", "stable", "volatile"]),
  signatureHash: textOrNull,
});

/** Shape of a parameter use in artifacts. */
export const parameterUseSchema: z.ZodMiniType<ParameterUse> = z.strictObject({ name: text, type: text });

/** What identifies a plan. */
export interface PlanIdentity {
  /** Digest of the optimised plan. */
  readonly p1: string;
  readonly sessionHash: string;
  readonly tables: readonly TableUse[];
  readonly functions: readonly FunctionUse[];
  readonly parameterTypes: readonly ParameterUse[];
}

/** What the engine tells of a plan that it has run inside, as of the source of a write. */
export type SourcePlan = Pick<PlanIdentity, "p1" | "tables" | "functions">;

/** Shape of a source plan in replies of the native extension. */
export const sourcePlanSchema: z.ZodMiniType<SourcePlan> = z.strictObject({
  p1: z.string(),
  tables: z.array(tableUseSchema),
  functions: z.array(functionUseSchema),
});

/**
 * Fingerprint of a plan: the optimised plan, the session, and of the tables, functions and parameters what it reads. The
 * order of the lists does not matter; a label, a switch or a table that is not read changes nothing.
 */
export function planFingerprint({ p1, sessionHash, tables, functions, parameterTypes }: PlanIdentity): Fingerprint {
  return fingerprint("plan", 1, {
    p1,
    sessionHash,
    tables: sorted(tables.map(tableIdentity)),
    functions: sorted(functions.map((use) => ({ ...use }))),
    parameterTypes: sorted(parameterTypes.map(({ name, type }) => ({ name, type }))),
  });
}

function tableIdentity(table: TableUse): Readonly<Record<string, string | number | null>> & { readonly name: string } {
  const { catalog, schema, name, kind, instance, schemaHash, deltaVersion, tableId } = table;
  const path = [catalog, schema, name].filter((part) => part !== null).map((part) => JSON.stringify(part));
  return { name: path.join("."), kind, instance, schemaHash, deltaVersion, tableId };
}

function sorted<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  const keyOf = (item: T): string => JSON.stringify([item.name, item]);
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
