import { sqlPolicyPresets } from "@deltafuse/config/sql-policy";
import type { SqlQuestion } from "../src/interceptors.ts";

/** A question of `beforeSql`. */
export const sqlQuestion: SqlQuestion = {
  sql: "SELECT 1",
  source: "sql",
  parameters: null,
  policy: sqlPolicyPresets.write,
  label: null,
  tags: {},
};
