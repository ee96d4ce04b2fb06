import type { Table } from "apache-arrow";
import type { StatementKind } from "./sql-statement.ts";

/** How many rows the engine says a statement has changed; null for a statement that changes none. */
export function affectedRows(kind: StatementKind, table: Table | null): number | null {
  if (kind !== "dml" || table === null) return null;
  const count: unknown = table.getChild("count")?.get(0);
  return typeof count === "bigint" ? Number(count) : null;
}
