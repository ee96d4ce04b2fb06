import { readOptions } from "@deltafuse/dataset-io/option-shape";
import * as z from "@deltafuse/config/zod";
import { type Assignments, assignmentsRequest, type Predicate, predicateRequest } from "./predicate.ts";
import { refuseOptions } from "./option-refusal.ts";

interface Conditional {
  /** Only rows for which it holds. Default: all. */
  readonly when?: Predicate;
}

/** Sets some columns. */
export interface UpdateClause extends Conditional {
  readonly action: "update";
  /** Columns of the table and their new values. */
  readonly set: Assignments;
}

/** Sets every column that the source has. */
export interface UpdateAllClause extends Conditional {
  readonly action: "updateAll";
  /** Columns that are left alone. Default: none. */
  readonly except?: readonly string[];
}

/** Removes the row. */
export interface DeleteClause extends Conditional {
  readonly action: "delete";
}

/** Inserts a row of these values. */
export interface InsertClause extends Conditional {
  readonly action: "insert";
  /** Columns of the table and their values; the others are null. */
  readonly values: Assignments;
}

/** Inserts the row of the source. */
export interface InsertAllClause extends Conditional {
  readonly action: "insertAll";
  /** Columns that are left null. Default: none. */
  readonly except?: readonly string[];
}

/** What happens to a row of the table that a row of the source matches. */
export type MatchedClause = UpdateClause | UpdateAllClause | DeleteClause;

/** What happens to a row of the source that matches nothing. */
export type NotMatchedClause = InsertClause | InsertAllClause;

/** What happens to a row of the table that no row of the source matches. */
export type BySourceClause = UpdateClause | DeleteClause;

/** The clauses of a merge, by what they are for. */
export interface MergeClauses {
  readonly whenMatched: readonly MatchedClause[] | undefined;
  readonly whenNotMatched: readonly NotMatchedClause[] | undefined;
  readonly whenNotMatchedBySource: readonly BySourceClause[] | undefined;
}

const when = z.exactOptional(z.custom<Predicate>());
const columns = z.exactOptional(z.array(z.string()));
const assignments = z.record(z.string(), z.custom<Predicate>());
const update = z.strictObject({ action: z.literal("update"), when, set: assignments });
const updateAll = z.strictObject({ action: z.literal("updateAll"), when, except: columns });
const remove = z.strictObject({ action: z.literal("delete"), when });
const insert = z.strictObject({ action: z.literal("insert"), when, values: assignments });
const insertAll = z.strictObject({ action: z.literal("insertAll"), when, except: columns });

const shapes = {
  whenMatched: z.array(z.discriminatedUnion("action", [update, updateAll, remove])),
  whenNotMatched: z.array(z.discriminatedUnion("action", [insert, insertAll])),
  whenNotMatchedBySource: z.array(z.discriminatedUnion("action", [update, remove])),
} as const;

type AnyClause = z.infer<typeof update | typeof updateAll | typeof remove | typeof insert | typeof insertAll>;

function request(clause: AnyClause, at: string): Readonly<Record<string, unknown>> {
  const { when: condition, ...rest } = clause;
  return {
    ...rest,
    ...(condition === undefined ? {} : { when: predicateRequest(condition, `${at}.when`) }),
    ...("set" in clause ? { set: assignmentsRequest(clause.set, `${at}.set`) } : {}),
    ...("values" in clause ? { values: assignmentsRequest(clause.values, `${at}.values`) } : {}),
  };
}

/** The clauses as the engine takes them. Throws `DELTA.INVALID_SPEC`. */
export function clauseRequests(clauses: MergeClauses): Readonly<Record<string, readonly unknown[]>> {
  const names = ["whenMatched", "whenNotMatched", "whenNotMatchedBySource"] as const;
  const lists = names.map((name) => {
    const given = clauses[name];
    if (given === undefined) return [name, []] as const;
    const read: readonly AnyClause[] = readOptions<readonly AnyClause[]>(shapes[name], given, {
      ...refuseOptions,
      at: name,
    });
    return [name, read.map((clause, index) => request(clause, `${name}.${index}`))] as const;
  });
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}
