import { plainField, readIdentifier } from "../field.ts";
import { field, section, type Section, setting } from "../section.ts";
import type { Reading } from "../setting-value.ts";

/** Names of the catalog that every session has. */
export interface CatalogInput {
  /** `catalog.default_catalog`. Default: `datafusion`. */
  readonly defaultCatalog?: string;
  /** `catalog.default_schema`. Default: `public`. */
  readonly defaultSchema?: string;
  /** `catalog.information_schema`: whether SQL sees `information_schema`. Default: true. */
  readonly informationSchema?: boolean | null;
  /** Schema in memory for registered views, in the default catalog; null = none. Default: `views`. */
  readonly viewSchema?: string | null;
  /** Whether a location stands for a table, as in `SELECT * FROM '/data/x.parquet'`, where the SQL policy allows it. Default: false. */
  readonly urlTables?: boolean;
}

function readViewSchema(value: unknown): Reading<string | null> {
  const reading = value === null ? { value } : readIdentifier(value);
  if ("refusal" in reading || reading.value?.toLowerCase() !== "information_schema") return reading;
  return { refusal: { code: "CONFLICT", message: "The name information_schema belongs to the engine." } };
}

/** The section `catalog`. */
export const catalogSection: Section<CatalogInput> = section<CatalogInput>("catalog", {
  defaultCatalog: field(readIdentifier),
  defaultSchema: field(readIdentifier),
  informationSchema: setting,
  viewSchema: field(readViewSchema),
  urlTables: plainField<boolean>({ type: "bool" }),
});
