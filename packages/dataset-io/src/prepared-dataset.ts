import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Session } from "@deltafuse/session-core/session";
import type { DatasetContract } from "./dataset-contract.ts";
import { formatOption, formatUnknown, notReady, providerOption, type ReadinessRow } from "./errors.ts";
import { fileNameFormat, isFileFormat } from "./file-format.ts";
import { type FileTable, prepareFileTable } from "./file-table.ts";
import type { ResolvedLocation } from "./location.ts";
import { readOptions } from "./option-shape.ts";
import { claimingProvider, type DatasetProvider, datasetProvider, type PreparedTable } from "./provider.ts";
import { type LocationProbe, probeLocation, readinessRow } from "./readiness.ts";

/** A dataset that is ready to be published. */
export interface PreparedDataset {
  readonly name: string;
  readonly format: string;
  /** Canonical URL of what is really there. */
  readonly uri: string;
  readonly location: ResolvedLocation;
  readonly table: PreparedTable;
}

/** A dataset and where it is. */
export interface NamedLocation {
  readonly name: string;
  readonly location: ResolvedLocation;
}

/**
 * Prepares a dataset: looks at its location, finds its format, makes its table and checks its contract. Publishes nothing.
 *
 * Rejects with `IO.NOT_READY`, `IO.FORMAT_UNKNOWN`, `IO.FORMAT_UNAVAILABLE`, `IO.FORMAT_OPTION`, `IO.PROVIDER_OPTION`,
 * `SCHEMA.CONTRACT_VIOLATION`, and what reading the files or the table rejects with.
 */
export async function prepareDataset(
  session: Session,
  { name, location }: NamedLocation,
  options: AbortableOptions,
): Promise<PreparedDataset> {
  const probe = await probeLocation(session, location, options);
  const provider = providerOf(session, location, probe);
  checkReady(session, { name, location, probe }, provider);
  const contract = await declaredContract(location);
  if (provider !== undefined) return fromProvider(session, { name, location, probe, provider, contract }, options);
  return fromFiles(session, { name, location, probe, contract }, options);
}

function declaresColumns({ schema, contract }: ResolvedLocation): boolean {
  return (schema ?? contract) !== undefined;
}

async function declaredContract(location: ResolvedLocation): Promise<DatasetContract | undefined> {
  if (!declaresColumns(location)) return undefined;
  return (await import("./dataset-contract.ts")).datasetContract(location);
}

interface Found extends NamedLocation {
  readonly probe: LocationProbe;
}

interface Checked extends Found {
  readonly contract: DatasetContract | undefined;
}

function providerOf(
  session: Session,
  { format }: ResolvedLocation,
  probe: LocationProbe,
): DatasetProvider<unknown> | undefined {
  if (format === undefined) {
    if (probe.isDelta) return claimingProvider(session, probe) ?? datasetProvider(session, "delta");
    return claimingProvider(session, probe);
  }
  return isFileFormat(format) ? undefined : datasetProvider(session, format);
}

/** A provider finds out by itself whether its table is there. */
function isReady({ location, probe }: Found, provider: DatasetProvider<unknown> | undefined): boolean {
  if (probe.status === "ok" || location.files !== undefined) return true;
  if (probe.status !== "empty_path") return false;
  return isEmptyTable({ location, probe }) || provider !== undefined || location.scan.includeHidden === true;
}

function checkReady(session: Session, found: Found, provider: DatasetProvider<unknown> | undefined): void {
  const { name, location, probe } = found;
  const { hooks } = session;
  if (isReady(found, provider)) {
    hooks.emit("dataset.readiness", { name, status: "ok" });
    return;
  }
  const { status, reason } = probe;
  hooks.emit("dataset.readiness", { name, status, ...(reason === null ? {} : { message: reason }) });
  const row: ReadinessRow = readinessRow(name, location, probe);
  throw notReady([row]);
}

/** No file is there, but the columns are declared. */
function isEmptyTable({ location, probe }: Pick<Found, "location" | "probe">): boolean {
  return probe.status === "empty_path" && declaresColumns(location);
}

async function fromProvider(
  session: Session,
  checked: Checked & { readonly provider: DatasetProvider<unknown> },
  options: AbortableOptions,
): Promise<PreparedDataset> {
  const { name, location, probe, provider, contract } = checked;
  const { format } = provider;
  const given = Object.keys(location.scan)[0] ?? (location.files === undefined ? location.glob && "glob" : "files");
  if (given !== undefined) {
    throw providerOption({ format, option: given, reason: "it is for formats of files; give `provider` options" });
  }
  const parsed = readOptions(provider.options, location.provider ?? {}, {
    at: "provider",
    error: ({ option, reason }) => providerOption({ format, option, reason }),
  });
  const table = await provider.prepare(session, { uri: probe.uri, options: parsed }, options);
  const dataset = { name, location, format, uri: probe.uri, table };
  if (contract !== undefined) {
    closing(table, () => {
      contract.enforce(session, { name, prepared: table, kind: { text: false, typedFolders: true } });
    });
  }
  return dataset;
}

/** Closes the table when a check of it throws. */
function closing(table: PreparedTable, check: () => void): void {
  try {
    check();
  } catch (error) {
    table.handle.close();
    throw error;
  }
}

function fileFormatOf({ location, probe }: Found): Pick<FileTable, "format" | "tabs"> {
  const { format, named, scan } = location;
  if (format !== undefined && isFileFormat(format)) return { format, tabs: named?.tabs ?? onlyTabs(probe) };
  const kinds = probe.extensions.map((ending) => fileNameFormat(`file.${ending}`));
  const formats = [...new Set(kinds.map((kind) => kind?.format))].filter((kind) => kind !== undefined);
  const [found] = formats;
  if (found === undefined || formats.length > 1) throw formatUnknown(probe.uri, probe.extensions);
  const tabs = kinds.filter((kind) => kind?.tabs === true).length;
  if (tabs > 0 && tabs < kinds.length && scan.csv?.delimiter === undefined) {
    throw formatOption(
      "scan.csv.delimiter",
      "there are .csv and .tsv files; give the delimiter, or a glob that selects one kind",
    );
  }
  return { format: found, tabs: tabs > 0 };
}

function onlyTabs({ extensions }: LocationProbe): boolean {
  return extensions.length > 0 && extensions.every((ending) => ending === "tsv");
}

async function fromFiles(session: Session, checked: Checked, options: AbortableOptions): Promise<PreparedDataset> {
  const { name, location, probe, contract } = checked;
  if (location.provider !== undefined) {
    const format = location.format ?? "files";
    throw providerOption({ format, option: "provider", reason: "only formats with a provider have such options" });
  }
  const { format, tabs } = fileFormatOf(checked);
  const isText = format === "csv" || format === "ndjson";
  const isUnnamed = location.scan.csv?.header === false || probe.fileCount === 0;
  const file: FileTable = {
    location,
    format,
    tabs,
    declared: isUnnamed && contract !== undefined ? { columns: contract.columns } : {},
  };
  const stored = await prepareFileTable(session, file, options);
  if (contract === undefined || isEmptyTable(checked)) return { name, location, format, uri: probe.uri, table: stored };
  try {
    const written = { name, prepared: stored, kind: { text: isText, typedFolders: false } };
    const declared = contract.declared(contract.enforce(session, written), written);
    if (declared === undefined) return { name, location, format, uri: probe.uri, table: stored };
    const table = await prepareFileTable(session, { ...file, declared }, options);
    stored.handle.close();
    return { name, location, format, uri: probe.uri, table };
  } catch (error) {
    stored.handle.close();
    throw error;
  }
}
