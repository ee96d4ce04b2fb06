import { dirname } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import { parseTableSpec } from "@deltafuse/schema/table-spec";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { absolutePath } from "./canonical-uri.ts";
import { formatOption } from "./errors.ts";
import { type DatasetLocation, parseLocation } from "./location.ts";
import { type OptionKind, optionName, optionValue } from "./statement-option.ts";

/** CREATE EXTERNAL TABLE as it was written. */
export interface ExternalStatement {
  readonly name: readonly string[];
  readonly locations: readonly string[];
  /** `STORED AS`, lower case. */
  readonly format: string;
  /** Declared columns; none means those that are stored. */
  readonly fields: readonly NestedField[];
  readonly partitionColumns: readonly string[];
  /** Keys in lower case, those without a namespace below `format.`. */
  readonly options: Readonly<Record<string, string>>;
}

const flags = new Set(["header", "newlinesInValues", "truncatedRows", "recursive", "includeHidden", "array"]);
const numbers = new Set(["inferRows", "version"]);

/** What the engine calls the options of a format. */
const engineNames: ReadonlyMap<string, string> = new Map([
  ["has_header", "header"],
  ["null_regex", "nullPattern"],
  ["schema_infer_max_rec", "inferRows"],
]);

/**
 * The location that a CREATE EXTERNAL TABLE says: several locations are files, columns are its schema, options are those of
 * `scan` and `provider` in snake case (`scan.recursive`, `provider.version`) or the engine's of a format (`has_header`).
 *
 * Throws `IO.FORMAT_OPTION`, `IO.PROVIDER_OPTION`, `IO.LOCATION_INVALID`.
 */
export function externalLocation(statement: ExternalStatement, base: string): DatasetLocation {
  const { name, format: stored, fields, partitionColumns, options } = statement;
  const format = stored === "json" ? "ndjson" : stored;
  const partitions = partitionColumns.map((column) => partitionField(column, fields));
  const columns = [...fields, ...partitions.filter((column) => fields.every((field) => field.name !== column.name))];
  const { scan, provider } = optionTree(options, format);
  const read = partitions.length === 0 ? scan : { ...scan, partitionColumns: partitions };
  const location = {
    ...placeOf(statement.locations, base),
    format,
    ...(fields.length === 0 ? {} : { schema: parseTableSpec({ name: name.at(-1), fields: columns }) }),
    ...(Object.keys(read).length === 0 ? {} : { scan: read }),
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
  };
  return parseLocation(blindCast<DatasetLocation, "read strictly by this call">(location));
}

function placeOf(locations: readonly string[], base: string): Pick<DatasetLocation, "uri" | "files"> {
  const [uri = "", ...more] = locations;
  if (more.length === 0) return { uri };
  const files = locations.map((location) => absolutePath(location, base));
  return { uri: `${dirname(files[0] ?? base)}/`, files };
}

function partitionField(name: string, fields: readonly NestedField[]): NestedField {
  const declared = fields.find((field) => field.name === name);
  return { name, type: declared?.type ?? { type: "utf8" }, nullable: true };
}

type OptionTree = Record<string, unknown>;

function optionTree(
  options: Readonly<Record<string, string>>,
  format: string,
): { readonly scan: OptionTree; readonly provider: OptionTree } {
  const tree = { scan: {}, provider: {} };
  for (const [key, text] of Object.entries(options)) {
    const [space = "", ...rest] = key.split(".");
    const path = space === "format" ? ["scan", format, ...rest] : [space, ...rest];
    if (path[0] !== "scan" && path[0] !== "provider") throw formatOption(key, "there is no such option");
    const names = path.map((part) => engineNames.get(part) ?? optionName(part));
    place(tree, names, optionValue(text, kindOf(names.at(-1) ?? "")));
  }
  return tree;
}

function kindOf(name: string): OptionKind {
  if (flags.has(name)) return "flag";
  return numbers.has(name) ? "number" : "text";
}

function place(tree: OptionTree, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const below = tree[name];
  const branch: OptionTree = typeof below === "object" && below !== null ? { ...below } : {};
  place(branch, rest, value);
  tree[name] = branch;
}
