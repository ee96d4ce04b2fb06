/** A deletion vector as the log of a Delta table holds it. */
export interface DeletionVector {
  readonly storageType: "i";
  readonly pathOrInlineDv: string;
  readonly sizeInBytes: number;
  readonly cardinality: number;
}

const vectorMagic = 1_681_511_377;
const bitmapCookie = 12_346;
const containerRows = 2 ** 16;
/** Most rows of a container that lists them. */
const listedRows = 4096;

const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Four bytes as five characters. */
function z85Word(word: number): string {
  let text = "";
  let rest = word;
  for (let digit = 0; digit < 5; digit++) {
    text = `${z85[rest % 85]}${text}`;
    rest = Math.floor(rest / 85);
  }
  return text;
}

function z85Text(bytes: Buffer): string {
  const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  return Array.from({ length: padded.length / 4 }, (_, at) => z85Word(padded.readUInt32BE(at * 4))).join("");
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}

function halfWords(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, at * 2);
  return bytes;
}

/** The rows by their upper 16 bits. */
function containersOf(rows: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const containers = new Map<number, number[]>();
  for (const row of rows) {
    const key = Math.floor(row / containerRows);
    const container = containers.get(key) ?? [];
    container.push(row % containerRows);
    containers.set(key, container);
  }
  return containers;
}

/** A roaring bitmap of 32 bits: keys and sizes, places, then the rows of every container. */
function bitmapOf(rows: readonly number[]): Buffer {
  const containers = [...containersOf(rows)];
  const lists = containers.map(([, list]) => halfWords(list));
  if (containers.some(([, list]) => list.length > listedRows)) throw new RangeError("The rows lie too close together.");
  const heads = halfWords(containers.flatMap(([key, list]) => [key, list.length - 1]));
  const first = 8 + containers.length * 8;
  const places = lists.map((_, at) => first + lists.slice(0, at).reduce((sum, list) => sum + list.length, 0));
  return Buffer.concat([words(bitmapCookie, containers.length), heads, words(...places), ...lists]);
}

/**
 * A deletion vector of these rows of a file, in the log itself.
 *
 * @param rows - In ascending order, below 2^32, at most 4096 of each 65 536.
 */
export function deletionVector(rows: readonly number[]): DeletionVector {
  const bytes = Buffer.concat([words(vectorMagic, 1, 0, 0), bitmapOf(rows)]);
  return { storageType: "i", pathOrInlineDv: z85Text(bytes), sizeInBytes: bytes.length, cardinality: rows.length };
}
