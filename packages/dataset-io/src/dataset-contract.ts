import { checkContract, contractFromTable, type SchemaContract, type StoredTable } from "@deltafuse/schema/contract";
import { invariant } from "@deltafuse/config/errors";
import { contractViolation } from "@deltafuse/schema/errors";
import { violationEvent, type ViolationReport } from "@deltafuse/schema/violation";
import type { NestedField } from "@deltafuse/session-core/field-type";
import type { Session } from "@deltafuse/session-core/session";
import type { DeclaredColumns } from "./file-table.ts";
import type { ResolvedLocation } from "./location.ts";
import type { PreparedTable } from "./provider.ts";

/** How much the storage of a format says of its columns: names only (text), or types too; folders have names only. */
export interface StorageKind {
  readonly text: boolean;
  /** Whether the folders of the table are typed by its format. */
  readonly typedFolders: boolean;
}

/** What is stored of a dataset. */
export interface StoredDataset {
  readonly name: string;
  readonly prepared: PreparedTable;
  readonly kind: StorageKind;
}

/** The columns that a location declares. */
export interface DatasetContract {
  readonly columns: readonly NestedField[];
  /**
   * Compares what is stored with them. Emits `schema.violation` and throws `SCHEMA.CONTRACT_VIOLATION` with every finding
   * when it does not fit.
   */
  enforce(session: Session, stored: StoredDataset): ViolationReport;
  /**
   * What files that fit must be read as so that a table has the columns: declared types of text, of folders and of columns
   * that widen to them, nulls for missing columns. Undefined when the table has them as it is.
   */
  declared(report: ViolationReport, stored: StoredDataset): DeclaredColumns | undefined;
}

/** The contract of a location that declares columns; a bare schema is a strict one. */
export function datasetContract({ contract, schema }: ResolvedLocation): DatasetContract {
  const own = contract ?? (schema === undefined ? undefined : contractFromTable(schema));
  invariant(own !== undefined, "The location declares columns");
  return {
    columns: own.columns,
    enforce: (session, stored) => enforceContract(session, own, stored),
    declared: (report, stored) => declaredByContract({ contract: own, report }, stored),
  };
}

function storedTable({ name, prepared, kind }: StoredDataset): StoredTable {
  const { storedFields, partitionColumns, fields } = prepared;
  const files = storedFields.filter((field) => !partitionColumns.includes(field.name));
  const folders = fields.filter((field) => partitionColumns.includes(field.name));
  const nameOnly = ({ name: column }: NestedField): { readonly name: string } => ({ name: column });
  return {
    name,
    fields: [...(kind.text ? files.map(nameOnly) : files), ...(kind.typedFolders ? folders : folders.map(nameOnly))],
  };
}

function enforceContract(session: Session, contract: SchemaContract, stored: StoredDataset): ViolationReport {
  const { name } = stored;
  const report = checkContract(contract, storedTable(stored));
  if (report.ok) return report;
  session.hooks.emit("schema.violation", violationEvent({ table: name, policy: contract.policy }, report.violations));
  throw contractViolation(contract, report);
}

/** A contract and how files fit it. */
interface FulfilledContract {
  readonly contract: SchemaContract;
  readonly report: ViolationReport;
}

function declaredByContract(
  { contract, report }: FulfilledContract,
  { prepared, kind: { text } }: StoredDataset,
): DeclaredColumns | undefined {
  const wanted = new Map([...contract.columns, ...contract.partitionColumns].map((field) => [field.name, field]));
  const isFolder = ({ name }: NestedField): boolean => prepared.partitionColumns.includes(name);
  const stored = prepared.storedFields.filter((field) => !isFolder(field));
  const there = new Set([...stored.map(({ name }) => name), ...prepared.partitionColumns]);
  const missing = [...wanted.values()].filter(({ name }) => !there.has(name));
  const widened = report.tolerated.filter(({ type }) => type === "type_mismatch").map(({ column }) => column);
  const read = stored.map((field) => {
    const declared = wanted.get(field.name);
    if (declared === undefined || !(text || widened.includes(field.name))) return field;
    return text ? declared : { ...declared, nullable: field.nullable };
  });
  const folders = prepared.partitionColumns.map((name) => wanted.get(name)).filter((field) => field !== undefined);
  const isTyped = folders.some(({ type }) => type.type !== "utf8");
  const isChanged = text || missing.length > 0 || widened.length > 0;
  if (!isChanged && !isTyped) return undefined;
  return {
    ...(isChanged ? { columns: [...read, ...missing] } : {}),
    ...(isTyped ? { partitionColumns: typedFolders(prepared, wanted) } : {}),
  };
}

/** All partition columns; a folder may stand for null, and one that the contract does not know is text. */
function typedFolders(
  { partitionColumns }: PreparedTable,
  wanted: ReadonlyMap<string, NestedField>,
): readonly NestedField[] {
  return partitionColumns.map((name) => {
    return { name, type: wanted.get(name)?.type ?? { type: "utf8" as const }, nullable: true };
  });
}
