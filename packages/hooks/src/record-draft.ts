import { type CanonicalValue, type JsonObject, type JsonValue, canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { BodyOf, RecordDefinition } from "@deltafuse/telemetry/record";
import { findingRecord } from "@deltafuse/telemetry/record-kinds";
import type { ErrorPayload } from "./error-payload.ts";

/** A record before telemetry has validated, redacted and numbered it. */
export interface RecordDraft {
  readonly definition: RecordDefinition;
  readonly body: BodyOf<RecordDefinition>;
}

/**
 * Pairs a definition with a body of its kind. What the body does not have is taken from the first of the events that has it;
 * members that the kind has no column for are left out.
 */
export function draft<D extends RecordDefinition>(
  definition: D,
  body: Partial<BodyOf<D>>,
  ...events: readonly Partial<BodyOf<D>>[]
): RecordDraft {
  const sources = blindCast<readonly Members[], "read by the names of the columns only">([body, ...events]);
  return { definition, body: pick(definition.fields, sources, { ...definition.empty }) };
}

type Columns = RecordDefinition["fields"];
type Members = Readonly<Record<string, unknown>>;

function pick(columns: Columns, sources: readonly Members[], picked: Record<string, unknown>): Members {
  for (const { member, type } of columns) {
    for (const source of sources) {
      const value = source[member];
      if (value === undefined || value === null) continue;
      picked[member] = pickValue(type, value);
      break;
    }
  }
  return picked;
}

function pickValue(type: Columns[number]["type"], value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (type.type === "list" && Array.isArray(value)) return value.map((item: unknown) => pickValue(type.item, item));
  if (type.type !== "struct") return value;
  return pick(type.columns, [blindCast<Members, "read by the names of the columns only">(value)], {});
}

/** A list of a body, for bodies that are not made by {@link draft}: its items have what the column has members for. */
export function listColumn<T>({ fields }: RecordDefinition, member: string, list: readonly T[]): readonly T[] {
  const column = list.length === 0 ? undefined : fields.find((field) => field.member === member);
  if (column === undefined) return list;
  return blindCast<readonly T[], "the same members, or fewer">(pickValue(column.type, list));
}

function toCanonical(value: JsonValue | undefined): CanonicalValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (typeof value === "string") return value.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
  if (typeof value !== "object" || value === null) return value ?? null;
  if (isList(value)) return value.map(toCanonical);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCanonical(member)]));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Canonical JSON text of an object; fractions and integers that are not safe become text. */
export function jsonText(value: JsonObject): string {
  return canonicalJson(toCanonical(value));
}

/** What a finding is made from. */
export interface Finding {
  readonly severity: "info" | "warning" | "error";
  readonly category: string;
  readonly code: string;
  readonly message: string;
  readonly subject?: string | undefined;
  readonly count?: number | undefined;
  readonly details?: JsonObject | undefined;
}

/** A draft of kind `finding`. */
export function findingDraft(finding: Finding): RecordDraft {
  const { details, ...columns } = finding;
  return draft(findingRecord, { ...columns, detailsJson: details === undefined ? undefined : jsonText(details) });
}

/** The two columns of an error. */
export function errorColumns(error: ErrorPayload | undefined): {
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
} {
  return { errorCode: error?.code, errorMessage: error?.message };
}
