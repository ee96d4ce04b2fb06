import { blindCast } from "@deltafuse/config/casts";
import { writeOption } from "./errors.ts";
import { type OptionKind, optionName, optionValue } from "./statement-option.ts";
import { parseWrite, type WriteSpec } from "./write-plan.ts";

/** COPY as it was written. */
export interface CopyStatement {
  readonly location: string;
  /** `STORED AS`, lower case; null where it is not said. */
  readonly format: string | null;
  readonly partitionBy: readonly string[];
  /** Keys in lower case. */
  readonly options: Readonly<Record<string, string>>;
}

const kinds: ReadonlyMap<string, OptionKind> = new Map([
  ["mode", "text"],
  ["single", "flag"],
  ["compression", "text"],
  ["rowGroupRows", "number"],
  ["dictionary", "flag"],
  ["statistics", "text"],
]);

/**
 * The write that a COPY says. Without the option `mode` a file is replaced, and a folder must not be there.
 *
 * Throws `IO.WRITE_OPTION`, `IO.WRITE_UNSUPPORTED`, `IO.LOCATION_INVALID`.
 */
export function copySpec({ location, format, partitionBy, options }: CopyStatement, base: string): WriteSpec {
  const { mode, single, ...writer } = readOptions(options);
  const spec = {
    target: format === null ? location : { uri: location, format },
    ...(partitionBy.length === 0 ? {} : { partitionBy }),
    ...(single === undefined ? {} : { file: { single } }),
    ...(Object.keys(writer).length === 0 ? {} : { format: writer }),
    ...(mode === undefined ? {} : { mode }),
  };
  const given = blindCast<WriteSpec, "the write reads its options strictly">(spec);
  if (mode !== undefined) return given;
  return parseWrite(given, base).single ? { ...given, mode: "overwrite" } : given;
}

function readOptions(options: Readonly<Record<string, string>>): Readonly<Record<string, string | number | boolean>> {
  const read = Object.entries(options).map(([key, text]) => {
    const name = optionName(key.replace(/^format\./, ""));
    const kind = kinds.get(name);
    if (kind === undefined) throw writeOption(key, "there is no such option");
    return [name, optionValue(text, kind)] as const;
  });
  return Object.fromEntries(read);
}
