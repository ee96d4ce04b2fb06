import type { Limits } from "@deltafuse/config/resolve";
import { blindCast } from "@deltafuse/config/casts";
import type { ResultBounds } from "./before-execute.ts";
import type { CollectOptions, ResultLimits, Truncation } from "./frame.ts";
import { resultTooLarge } from "./statement-errors.ts";

/** Counts what is gathered, and says where it has to end. */
export interface CollectLimit {
  /** Whether a limit ended the gathering. */
  readonly reached: boolean;
  /** How many rows of the next batch may be kept. Throws `QUERY.RESULT_TOO_LARGE` unless results are truncated. */
  admit(rows: number, bytes: number): number;
}

class Limit implements CollectLimit {
  readonly #maxRows: number;
  readonly #maxBytes: number;
  readonly #truncates: boolean;
  #rows = 0;
  #bytes = 0;
  #reached = false;

  constructor({ maxRows, maxBytes }: ResultBounds, onLimit: CollectOptions["onLimit"]) {
    this.#maxRows = maxRows ?? Number.POSITIVE_INFINITY;
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY;
    this.#truncates = onLimit === "truncate";
  }

  get reached(): boolean {
    return this.#reached;
  }

  admit(rows: number, bytes: number): number {
    const [seenRows, seenBytes] = [this.#rows + rows, this.#bytes + bytes];
    if (seenBytes > this.#maxBytes) return this.#refuse(0, { limit: this.#maxBytes, seen: seenBytes, unit: "bytes" });
    if (seenRows > this.#maxRows) {
      return this.#refuse(this.#maxRows - this.#rows, { limit: this.#maxRows, seen: seenRows, unit: "rows" });
    }
    this.#rows = seenRows;
    this.#bytes = seenBytes;
    return rows;
  }

  #refuse(admitted: number, details: Parameters<typeof resultTooLarge>[0]): number {
    this.#reached = true;
    if (!this.#truncates) throw resultTooLarge(details);
    return admitted;
  }
}

/** The bounds of a terminal, else those of the profile; the limits of the statement can only lower them. */
export function collectBounds(profile: Limits, how: CollectOptions, statement: ResultLimits = {}): ResultBounds {
  const { maxRows = profile.collectRows, maxBytes = profile.collectBytes } = how;
  return { maxRows: lowered(maxRows, statement.maxRows), maxBytes: lowered(maxBytes, statement.maxBytes) };
}

function lowered(bound: number | null, limit: number | undefined): number | null {
  return limit !== undefined && limit < (bound ?? Number.POSITIVE_INFINITY) ? limit : bound;
}

/** Starts counting. */
export function collectLimit(bounds: ResultBounds, onLimit: CollectOptions["onLimit"] = "error"): CollectLimit {
  return new Limit(bounds, onLimit);
}

/** Marks a gathered result. The mark is not enumerable, so that the result compares as what it holds. */
export function marked<T extends object>(result: T, truncated: boolean): T & Truncation {
  Object.defineProperty(result, "truncated", { value: truncated });
  return blindCast<T & Truncation, "the member was defined a line above">(result);
}
