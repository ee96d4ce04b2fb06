import { blindCast } from "@deltafuse/config/casts";
import type { RecordBatch } from "apache-arrow";
import type { ArrowInput } from "./arrow-input.ts";
import { arrowLeaf, rowsLeaf } from "./frame-leaf.ts";
import { gatheredRows } from "./gathered-rows.ts";
import { frameNode, type FrameNode, type PlannedFrame, type PlanningOptions } from "./frame-node.ts";
import { frameNodeIn, isFrame } from "./frame-tree.ts";
import type { NativeHandle } from "./native-binding.ts";
import { isParameterName, type TableParameter, type TableParameters } from "./parameters.ts";
import type { QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import { parameterName, parameterTaken } from "./statement-errors.ts";
import { openTableFeed, type TableFeed } from "./table-feed.ts";

/** The tables of a statement on their way to the engine. */
export interface QueryTables {
  readonly names: readonly string[];
  /** What a request says of them, given the number of handles in front of theirs. */
  opened(run: QueryRun, options: PlanningOptions, before?: number): Promise<OpenedTables>;
  /** Lets the iterables among them go: nobody will read them any more. */
  stop(): Promise<void>;
}

/** Tables that the engine can read. */
export interface OpenedTables {
  /** Members of the request. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly handles: readonly NativeHandle[];
  /** Those that are given while the query runs. */
  readonly feeds: readonly TableFeed[];
  /** Plans of the frames among them. */
  readonly planned: readonly PlannedFrame[];
}

interface OpenedTable {
  readonly handle: NativeHandle;
  readonly feed?: TableFeed;
  readonly planned?: PlannedFrame;
}

/** What a table is made of. */
interface TableSource {
  open(run: QueryRun, options: PlanningOptions): Promise<OpenedTable>;
  stop(): Promise<void>;
}

class Tables implements QueryTables {
  readonly names: readonly string[];
  readonly #sources: readonly (readonly [name: string, source: TableSource])[];

  constructor(sources: readonly (readonly [name: string, source: TableSource])[]) {
    this.names = sources.map(([name]) => name);
    this.#sources = sources;
  }

  with(over: Tables): Tables {
    return new Tables([...new Map([...this.#sources, ...over.#sources])]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sources.map(([, source]) => source.stop()));
  }

  async opened(run: QueryRun, options: PlanningOptions, before = 0): Promise<OpenedTables> {
    const opened: OpenedTable[] = [];
    const { open: _open, ...plain } = options;
    for (const [, source] of this.#sources) opened.push(await source.open(run, plain));
    return {
      members: { tables: this.names.map((name, index) => ({ name, source: { $handle: before + index } })) },
      handles: opened.map(({ handle }) => handle),
      feeds: opened.flatMap(({ feed }) => (feed === undefined ? [] : [feed])),
      planned: opened.flatMap(({ planned }) => (planned === undefined ? [] : [planned])),
    };
  }
}

/**
 * Takes the tables of a statement; undefined without any. Rows are copied now.
 *
 * Throws `SQL.PARAMETER_NAME` for a name that no parameter can have or that a value has too, `FRAME.FOREIGN_SESSION`,
 * `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`.
 */
export function queryTables(
  state: SessionState,
  given: TableParameters | undefined,
  values: readonly string[],
): QueryTables | undefined {
  const entries = Object.entries(given ?? {});
  for (const [name] of entries) {
    if (!isParameterName(name) && !isTagged(name)) throw parameterName(name);
    if (values.includes(name)) throw parameterTaken(name);
  }
  if (entries.length === 0) return undefined;
  return new Tables(entries.map(([name, table]) => [name, sourceOf(state, name, table)] as const));
}

/** Some tables, and in the place of those with the same names others. */
export function tablesOver(under: QueryTables | undefined, over: QueryTables | undefined): QueryTables | undefined {
  return under instanceof Tables && over instanceof Tables ? under.with(over) : (over ?? under);
}

/** Tables of the tag `sql` are called `$` and a number. */
function isTagged(name: string): boolean {
  return /^\$[0-9]+$/.test(name);
}

function sourceOf(state: SessionState, name: string, table: TableParameter): TableSource {
  if (isFrame(table)) return planning(frameNodeIn(table, state));
  if (isArrow(table)) return planning(frameNode(state, arrowLeaf(state, table)));
  if (Array.isArray(table)) {
    const rows = blindCast<readonly object[], "Arrow data were taken out">(table);
    return planning(frameNode(state, rowsLeaf(state, gatheredRows(state.port.binding, rows))));
  }
  return feeding(state, name, blindCast<AsyncIterable<RecordBatch>, "all other forms were taken out">(table));
}

function planning(node: FrameNode): TableSource {
  return {
    open: async (run, options) => {
      const planned = await node.planned(run, options);
      return { handle: planned.handle, planned };
    },
    stop: () => Promise.resolve(),
  };
}

/** An iterable is opened once, whoever asks first. */
function feeding(state: SessionState, name: string, batches: AsyncIterable<RecordBatch>): TableSource {
  let opening: Promise<TableFeed> | undefined;
  return {
    open: async (_run, options) => {
      opening ??= openTableFeed(state, { name, batches }, options);
      const feed = await opening;
      return { handle: feed.handle, feed };
    },
    stop: async () => {
      const feed = await opening?.catch(() => undefined);
      await feed?.stop();
    },
  };
}

function isArrow(table: object): table is ArrowInput {
  if (table instanceof Uint8Array || isArrowTable(table)) return true;
  return Array.isArray(table) && table.length > 0 && table.every(isRecordBatch);
}

/** Whether a value is a Table of apache-arrow, which is not loaded to find out. */
export function isArrowTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "batches" in value && "schema" in value && "numCols" in value;
}

function isRecordBatch(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "schema" in value && "data" in value && "numRows" in value && "getChildAt" in value;
}
