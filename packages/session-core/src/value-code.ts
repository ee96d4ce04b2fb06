import type { CodeSite, CodeWriter, ValueCode } from "./code-writer.ts";
import type { ColumnView } from "./column-batch.ts";
import type { TimeUnit } from "./field-type.ts";
import { integerText, scaledText } from "./number-text.ts";
import { asciiText, stringGetter, utf8Bytes } from "./string-column.ts";
import { timeUnitOf } from "./temporal-text.ts";
import { dateValue, decimalValue, durationValue, timestampValue } from "./values.ts";
import { bigWords, signedWords } from "./word-array.ts";

const word = "4294967296";
const safe = "9007199254740991";
const lastDateMs = "8640000000000000";

function element(writer: CodeWriter, site: CodeSite): string {
  return `${writer.part(site, (view) => view.values)}[${site.row}]`;
}

const bool: ValueCode = (writer, site) =>
  `(${writer.part(site, (view) => view.values)}[${site.row} >> 3] & (1 << (${site.row} & 7))) !== 0`;

const float: ValueCode = (writer, site) => {
  if (site.plan.mode !== "json") return element(writer, site);
  const value = writer.temporary(site);
  return `((${value} = ${element(writer, site)}) - ${value} === 0 ? ${value} : ${writer.getter(site)})`;
};

/** A 64-bit integer as a number out of its two words; without multiplication of the row where rows are elements. */
function wideNumber(writer: CodeWriter, site: CodeSite): string {
  const words = writer.part(site, signedWords);
  const high = `${words}[2 * ${site.row} + 1]${site.plan.storage.type === "uint64" ? " >>> 0" : ""}`;
  return `((${high}) * ${word} + (${words}[2 * ${site.row}] >>> 0))`;
}

const wideInteger: ValueCode = (writer, site) => {
  if (site.plan.mode === "lossless") return element(writer, site);
  const value = writer.temporary(site);
  const whole = site.plan.mode === "json" ? `${writer.constant(integerText)}(${value})` : value;
  const inside = `(${value} = ${wideNumber(writer, site)}) >= -${safe} && ${value} <= ${safe}`;
  return `(${inside} ? ${whole} : ${writer.getter(site)})`;
};

interface TextPart {
  readonly text: string | null;
  readonly offsets: Int32Array;
  readonly read: (row: number) => string;
}

function textPart(view: ColumnView): TextPart {
  const source = utf8Bytes(view);
  const text = asciiText(source);
  const read = text === null ? stringGetter(view, false) : (): string => "";
  return { text, offsets: source.offsets, read };
}

const text: ValueCode = (writer, site) => {
  if (site.plan.detachStrings || site.plan.logical.type === "decimal") return writer.getter(site);
  const part = writer.part(site, textPart);
  const name = writer.name("s");
  writer.define(`const ${name}t = ${part}.text, ${name}o = ${part}.offsets, ${name}r = ${part}.read;`);
  const { row } = site;
  return `(${name}t !== null ? ${name}t.substring(${name}o[${row}], ${name}o[${row} + 1]) : ${name}r(${row}))`;
};

const date32: ValueCode = (writer, site) => {
  const days = element(writer, site);
  switch (site.plan.mode) {
    case "lossless":
      return `${writer.constant(dateValue)}(${days})`;
    case "numbers":
      return `${days} * 86400000`;
    case "plain": {
      const value = writer.temporary(site);
      const inside = `(${value} = ${days}) >= -100000000 && ${value} <= 100000000`;
      return `(${inside} ? new Date(${value} * 86400000) : ${writer.getter(site)})`;
    }
    default:
      return writer.getter(site);
  }
};

const toMs: Readonly<Record<TimeUnit, string>> = { s: "* 1000", ms: "/ 1", us: "/ 1000", ns: "/ 1000000" };

function numberMs(writer: CodeWriter, site: CodeSite): string {
  const value = site.plan.storage.type === "time32" ? element(writer, site) : wideNumber(writer, site);
  return `${value} ${toMs[timeUnitOf(site.plan.logical)]}`;
}

/** Whole milliseconds, rounded down, exactly: 2^32 is split by the unit so that no step leaves the safe integers. */
function floorMs(writer: CodeWriter, site: CodeSite): string {
  const unit = timeUnitOf(site.plan.logical);
  if (unit === "s" || unit === "ms") return numberMs(writer, site);
  const words = writer.part(site, signedWords);
  const low = `(${words}[2 * ${site.row}] >>> 0)`;
  const high = `${words}[2 * ${site.row} + 1]`;
  return unit === "us"
    ? `${high} * 4294967 + Math.floor((${high} * 296 + ${low}) / 1000)`
    : `${high} * 4294 + Math.floor((${high} * 967296 + ${low}) / 1000000)`;
}

const timestamp: ValueCode = (writer, site) => {
  const { logical, mode } = site.plan;
  if (mode === "json") return writer.getter(site);
  if (mode === "numbers") return numberMs(writer, site);
  if (mode === "lossless") {
    const zone = logical.type === "timestamp" ? (logical.timezone ?? null) : null;
    const unit = JSON.stringify(timeUnitOf(logical));
    return `${writer.constant(timestampValue)}(${element(writer, site)}, ${unit}, ${JSON.stringify(zone)})`;
  }
  const value = writer.temporary(site);
  const inside = `(${value} = ${floorMs(writer, site)}) >= -${lastDateMs} && ${value} <= ${lastDateMs}`;
  return `(${inside} ? new Date(${value}) : ${writer.getter(site)})`;
};

const time: ValueCode = (writer, site) => (site.plan.mode === "numbers" ? numberMs(writer, site) : writer.getter(site));

const duration: ValueCode = (writer, site) => {
  const { logical, mode } = site.plan;
  if (mode === "json") return writer.getter(site);
  if (mode !== "lossless") return numberMs(writer, site);
  return `${writer.constant(durationValue)}(${element(writer, site)}, ${JSON.stringify(timeUnitOf(logical))})`;
};

/** What a mode makes of a small unscaled integer; null leaves the column to the getter. */
function smallDecimal(writer: CodeWriter, site: CodeSite, scale: number): ((value: string) => string) | null {
  if (site.plan.mode === "numbers") return scale < 0 || scale > 22 ? null : (value) => `${value} / 1e${scale}`;
  if (scale < 1 || scale > 15) return null;
  const format = writer.constant(scaledText(scale));
  return (value) => `${format}(${value})`;
}

/** Decimals of small integers; other ones go to the getter. */
const decimal: ValueCode = (writer, site) => {
  const { logical, storage, mode } = site.plan;
  if (logical.type !== "decimal" || storage.type !== "decimal" || storage.bitWidth !== 128) return writer.getter(site);
  const words = writer.part(site, signedWords);
  const at = (index: number): string => `${words}[4 * ${site.row} + ${index}]`;
  const value = writer.temporary(site);
  const narrow = `(${value} = ${at(1)}, ${at(2)} === ${value} >> 31) && ${at(3)} === ${value} >> 31`;
  if (mode === "lossless") {
    const low = `${writer.part(site, bigWords)}[2 * ${site.row}]`;
    const make = `${writer.constant(decimalValue)}(${low}, ${logical.precision}, ${logical.scale})`;
    return `(${narrow} ? ${make} : ${writer.getter(site)})`;
  }
  const small = smallDecimal(writer, site, logical.scale);
  if (small === null) return writer.getter(site);
  const inside = `(${value} = ${value} * ${word} + (${at(0)} >>> 0)) >= -${safe} && ${value} <= ${safe}`;
  return `(${narrow} && ${inside} ? ${small(value)} : ${writer.getter(site)})`;
};

/** Types whose values are written as code; the values of all others are read by the closure getter. */
export const valueCodes: Readonly<Record<string, ValueCode>> = {
  bool,
  int8: element,
  int16: element,
  int32: element,
  uint8: element,
  uint16: element,
  uint32: element,
  int64: wideInteger,
  uint64: wideInteger,
  float32: float,
  float64: float,
  utf8: text,
  large_utf8: text,
  date32,
  time32: time,
  time64: time,
  timestamp,
  duration,
  decimal,
};
