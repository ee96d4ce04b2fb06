import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DataSet } from "../data-set.ts";
import { csvHeader, csvLine, type EventRow, eventRows } from "./event-row.ts";

/** Lines that are written at once. */
const linesPerPiece = 1000;

/** Texts of many lines each: a file takes few large ones faster than many small ones. */
function* pieces(rows: Iterable<EventRow>, lineOf: (row: EventRow) => string): Generator<string, void, undefined> {
  let lines: string[] = [];
  for (const row of rows) {
    lines.push(`${lineOf(row)}\n`);
    if (lines.length < linesPerPiece) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}

async function writePieces(path: string, texts: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(texts), createWriteStream(path));
}

function* withHeader(texts: Iterable<string>): Generator<string, void, undefined> {
  yield `${csvHeader}\n`;
  yield* texts;
}

/** The same events as nested JSON, an object per line, and as CSV; the scale is their number. */
export const eventsData: DataSet = {
  id: "events",
  version: 1,
  tables: {
    events_json: { path: "events.json", format: "json" },
    events_csv: { path: "events.csv", format: "csv" },
  },
  make: async ({ folder, scale, seed }) => {
    await writePieces(join(folder, "events.json"), pieces(eventRows(scale, seed), JSON.stringify));
    await writePieces(join(folder, "events.csv"), withHeader(pieces(eventRows(scale, seed), csvLine)));
  },
};
