import { nameField } from "../field.ts";
import { field, namedSection, type Section, setting } from "../section.ts";
import { describeValue, type Reading } from "../setting-value.ts";

/** Name of a set of options that keep schemas the same everywhere. */
export type SchemaHardeningName = "stable" | "arrow_views" | "off";

/** The names of {@link SchemaHardeningName}. */
export const schemaHardeningNames: readonly SchemaHardeningName[] = ["stable", "arrow_views", "off"];

/** Options that keep schemas the same everywhere. Null is the engine's default. */
export interface SchemaHardeningOptions {
  /** Texts and binaries are Arrow view types, in SQL types and when Parquet is read. */
  readonly viewTypes?: boolean | null;
  /** `optimizer.expand_views_at_output`: results hold no view types. */
  readonly expandViewsAtOutput?: boolean | null;
  /** `execution.time_zone`: an IANA name or an offset such as `+02:00`. */
  readonly timeZone?: string | null;
  /** The schemas of logical and physical aggregates must agree. */
  readonly strictAggregateSchema?: boolean | null;
  /** `explain.show_schema`. */
  readonly showSchemaInExplain?: boolean | null;
  /** `explain.format`. */
  readonly explainFormat?: "indent" | "tree" | "pgjson" | "graphviz" | null;
  /** `format.types_info`. */
  readonly showTypesInFormat?: boolean | null;
}

/** Options that keep schemas the same everywhere, over a named set when `base` names one. */
export interface SchemaHardeningInput extends SchemaHardeningOptions {
  readonly base?: SchemaHardeningName;
}

function isTimeZone(text: string): boolean {
  if (/^[+-](?:0\d|1[0-4]):?[0-5]\d$/.test(text)) return true;
  try {
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat("en", { timeZone: text }).format(0) !== "";
  } catch {
    return false;
  }
}

function readTimeZone(value: unknown): Reading<string | null> {
  if (value === null || (typeof value === "string" && isTimeZone(value))) return { value };
  const message = `Expected an IANA time zone or an offset such as "+02:00", got ${describeValue(value)}.`;
  return { refusal: { code: "INVALID_VALUE", message } };
}

/** The section `schemaHardening`. */
export const schemaHardeningSection: Section<SchemaHardeningInput> = namedSection<SchemaHardeningInput>(
  "schemaHardening",
  {
    base: nameField("schema hardening", schemaHardeningNames),
    viewTypes: setting,
    expandViewsAtOutput: setting,
    timeZone: field(readTimeZone),
    strictAggregateSchema: setting,
    showSchemaInExplain: setting,
    explainFormat: setting,
    showTypesInFormat: setting,
  },
);
