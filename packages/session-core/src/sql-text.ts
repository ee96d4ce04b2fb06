import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { EncodedParameters, Parameters } from "./parameters.ts";
import type { QueryTables } from "./query-tables.ts";

/** A statement on its way to the planner. */
export interface SqlText {
  readonly sql: string;
  /** The method that took it; all but `execute` plan queries only. */
  readonly source: "sql" | "execute" | "prepare" | "bind";
  /** The parameters as they were given. */
  readonly given: Parameters | undefined;
  readonly parameters: EncodedParameters | undefined;
  /** The tables that it sees over the catalog. */
  readonly tables: QueryTables | undefined;
  /** The policy of the session, or what a call has narrowed it to. */
  readonly policy: SqlPolicy;
}
