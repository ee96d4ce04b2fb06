import { seededRandom } from "../random.ts";

/** What happened once. */
export interface EventRow {
  readonly id: number;
  readonly kind: string;
  readonly person: { readonly name: string; readonly city: string | null };
  readonly tags: readonly string[];
  /** In eighths, whose sums are exact in any order. */
  readonly value: number | null;
  readonly note: string | null;
}

const kinds = ["open", "click", "close"] as const;
const names = ["Ana", "Zoë Müller", 'Kim "the Owl"', "O'Neil, Pat", "Back\\slash", "李雷"] as const;
const cities = ["Oslo", "São Paulo", "New York, NY", '"Quote"'] as const;
const notes = ["plain", "with, comma", 'a "quoted" word', "back\\slash", "tab\tinside", "ünïcode ✓"] as const;

/** Events number 0 and on, the same for a seed. */
export function* eventRows(count: number, seed: number): Generator<EventRow, void, undefined> {
  const random = seededRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const oneOf = (values: readonly [string, ...string[]]): string => values[below(values.length)] ?? values[0];
  const seldomNull = <T>(value: T): T | null => (random() < 0.1 ? null : value);
  for (let id = 0; id < count; id++) {
    yield {
      id,
      kind: oneOf(kinds),
      person: { name: oneOf(names), city: seldomNull(oneOf(cities)) },
      tags: Array.from({ length: 1 + below(3) }, () => `tag ${below(20)}`),
      value: seldomNull(below(80_000) / 8),
      note: seldomNull(oneOf(notes)),
    };
  }
}

const quoted = (text: string): string => (/[",\\\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvCells = ({ id, kind, person, value, note }: EventRow): readonly (string | number | null)[] => [
  id,
  kind,
  person.name,
  person.city,
  value,
  note,
];

/** Names of the columns in CSV; lists are left out. */
export const csvHeader = "id,kind,name,city,value,note";

/** An event as a record of CSV: quotes where they are needed, quotes in quotes doubled, nothing for null. */
export function csvLine(row: EventRow): string {
  return csvCells(row)
    .map((cell) => (cell === null ? "" : quoted(String(cell))))
    .join(",");
}
