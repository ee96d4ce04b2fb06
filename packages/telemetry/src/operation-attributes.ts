import type { OperationAttributes } from "./operation-tracer.ts";

/** Value of `db.system.name`. */
export const systemName = "datafusion";

const maxSummaryLength = 255;

/** A table that a statement reads. */
export interface NamedTable {
  readonly catalog?: string | null | undefined;
  readonly schema?: string | null | undefined;
  readonly name: string;
}

/** A statement, as far as its plan tells it. */
export interface StatementFacts {
  /** Verb and tables, for example `INSERT t SELECT s`; null for a frame without SQL. */
  readonly summary?: string | null | undefined;
  readonly tables: readonly NamedTable[];
}

/** What names a statement in spans and metrics. */
export interface StatementAttributes extends OperationAttributes {
  readonly "db.operation.name": string | undefined;
  readonly "db.collection.name": string | undefined;
  readonly "db.namespace": string | undefined;
}

/**
 * Value of `db.namespace`: `catalog|schema`, or what is known of it.
 *
 * @example
 * namespaceOf("main", "sales"); // "main|sales"
 */
export function namespaceOf(catalog: string | null | undefined, schema: string | null | undefined): string | undefined {
  const parts = [catalog, schema].filter((part) => typeof part === "string");
  return parts.length === 0 ? undefined : parts.join("|");
}

/**
 * Value of `db.collection.name`: a name, but no path or URL that is used like one.
 *
 * @example
 * collectionOf("orders"); // "orders"
 * collectionOf("s3://bucket/orders"); // undefined
 */
export function collectionOf(name: string | null | undefined): string | undefined {
  return typeof name !== "string" || /[/\\:]/.test(name) ? undefined : name;
}

/**
 * Value of `db.query.summary`: cut at 255 characters.
 *
 * @example
 * summaryOf("SELECT orders"); // "SELECT orders"
 */
export function summaryOf(summary: string | null | undefined): string | undefined {
  return typeof summary === "string" ? summary.slice(0, maxSummaryLength) : undefined;
}

/**
 * What is told of a statement: the verb that its summary starts with, and its table when there is exactly one.
 *
 * @example
 * statementAttributes({ summary: "SELECT orders", tables: [{ catalog: "main", schema: "sales", name: "orders" }] });
 * // { "db.operation.name": "SELECT", "db.collection.name": "orders", "db.namespace": "main|sales" }
 */
export function statementAttributes({ summary, tables }: StatementFacts): StatementAttributes {
  // The engine quotes names with capitals, so the capitals in front are the verb.
  const verb = /^[A-Z]+(?: [A-Z]+)*(?= |$)/.exec(summary ?? "")?.[0];
  const [table] = tables.length === 1 ? tables : [];
  return {
    "db.operation.name": verb,
    "db.collection.name": collectionOf(table?.name),
    "db.namespace": namespaceOf(table?.catalog, table?.schema),
  };
}
