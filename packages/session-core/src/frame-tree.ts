import type { AbortableOptions } from "@deltafuse/config/abort";
import { blindCast } from "@deltafuse/config/casts";
import type { Closeable } from "@deltafuse/config/disposal";
import { InternalError } from "@deltafuse/config/errors";
import type { Table } from "apache-arrow";
import { noBounds } from "./before-execute.ts";
import type { NestedField } from "./field-type.ts";
import type { ExplainNodesOptions, ExplainOptions, PlanNode } from "./explain.ts";
import type { FrameNode } from "./frame-node.ts";
import {
  aggregateOperation,
  castOperation,
  distinctOnOperation,
  fillNullOperation,
  groupingSetsOperation,
  joinOperation,
  pivotOperation,
  repartitionOperation,
  selectOperation,
  sortOperation,
  withColumnsOperation,
} from "./frame-operation.ts";
import { all, type Expression, type Operand, type SortKey } from "./expression.ts";
import { columnNode } from "./expression-tree.ts";
import type { AggregateOperation, FrameOperation } from "./frame-plan.ts";
import { queriedFrames } from "./frame-query.ts";
import {
  collectTable,
  countRows,
  drainRows,
  firstRow,
  frameSchema,
  gatherRows,
  singleRow,
  singleValue,
  showRows,
} from "./frame-terminal.ts";
import type {
  Aggregates,
  Aggregation,
  ArtifactOptions,
  CollectOptions,
  Frame,
  GroupedFrame,
  JoinOptions,
  PivotOptions,
  RepartitionOptions,
  SetOptions,
  ShowOptions,
  SpooledFrame,
  SpoolOptions,
  StreamOptions,
  SubstraitPlan,
  ToSqlOptions,
  Truncation,
  UnnestOptions,
} from "./frame.ts";
import type { Lineage } from "./lineage.ts";
import type { TraceOptions, TraceStep } from "./optimizer-trace.ts";
import { openPartitions } from "./partition-streams.ts";
import type { PlanArtifact } from "./plan-artifact.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { FilterPushdown } from "./pushdown.ts";
import type { QueryProfile } from "./query-profile.ts";
import { openQuery, type QueryDefaults, type QueryOptions } from "./query-open.ts";
import type { RecordBatchStream } from "./record-batch-stream.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import type { RowOptions } from "./rows.ts";
import type { SessionState } from "./session-state.ts";
import { type Spooled, spoolFrame } from "./spooled-frame.ts";
import { foreignSession } from "./statement-errors.ts";
import type { StreamOpening } from "./stream-opening.ts";

/** Where a frame keeps its tree. */
const frameSide: unique symbol = Symbol("deltafuse.frame");

class FrameTree implements Frame {
  readonly [frameSide]: FrameNode;
  readonly #defaults: QueryDefaults;

  constructor(node: FrameNode, defaults: QueryDefaults) {
    this[frameSide] = node;
    this.#defaults = defaults;
  }

  select(...columns: readonly (string | Expression)[]): Frame {
    return this.#with(selectOperation(columns));
  }

  filter(condition: Expression): Frame {
    return this.#with({ op: "filter", predicate: condition.node });
  }

  withColumn(name: string, value: Operand): Frame {
    return this.#with(withColumnsOperation({ [name]: value }));
  }

  withColumns(columns: Readonly<Record<string, Operand>>): Frame {
    return this.#with(withColumnsOperation(columns));
  }

  drop(...columns: readonly string[]): Frame {
    return this.#with({ op: "drop", columns });
  }

  rename(columns: Readonly<Record<string, string>>): Frame {
    return this.#with({ op: "rename", columns });
  }

  cast(types: Readonly<Record<string, string>>): Frame {
    return this.#with(castOperation(types));
  }

  fillNull(values: Readonly<Record<string, Operand>>): Frame {
    return this.#with(fillNullOperation(values));
  }

  distinct(): Frame {
    return this.#with({ op: "distinct" });
  }

  distinctOn(on: readonly (string | Expression)[], orderBy: readonly (string | Expression | SortKey)[]): Frame {
    return this.#with(distinctOnOperation(on, orderBy));
  }

  aggregate(aggregation: Aggregation): Frame {
    return this.#with(aggregateOperation(aggregation));
  }

  groupBy(...by: readonly (string | Expression)[]): GroupedFrame {
    return this.#grouped({ by: by.map(columnNode) });
  }

  rollup(...by: readonly (string | Expression)[]): GroupedFrame {
    return this.#grouped({ by: by.map(columnNode), sets: "rollup" });
  }

  cube(...by: readonly (string | Expression)[]): GroupedFrame {
    return this.#grouped({ by: by.map(columnNode), sets: "cube" });
  }

  groupingSets(...sets: readonly (readonly (string | Expression)[])[]): GroupedFrame {
    return this.#grouped(groupingSetsOperation(sets));
  }

  pivot(options: PivotOptions): Frame {
    return this.#with(pivotOperation(options));
  }

  window(...columns: readonly Expression[]): Frame {
    return this.#with(selectOperation([all(), ...columns]));
  }

  join(right: Frame, options: JoinOptions): Frame {
    return this.#over([right], (position) => joinOperation(options, position));
  }

  joinOn(right: Frame, condition: Expression, options: Omit<JoinOptions, "on" | "filter" | "nullEquals"> = {}): Frame {
    return this.join(right, { ...options, filter: condition });
  }

  crossJoin(right: Frame, options: Pick<JoinOptions, "suffix"> = {}): Frame {
    return this.join(right, options);
  }

  sort(...keys: readonly (string | Expression | SortKey)[]): Frame {
    return this.#with(sortOperation(keys));
  }

  limit(rows: number, offset = 0): Frame {
    return this.#with({ op: "limit", limit: rows, offset });
  }

  head(rows = 10): Frame {
    return this.limit(rows);
  }

  union(...others: readonly Frame[]): Frame {
    return this.#over(others, (first) => ({ op: "union", inputs: others.map((_, index) => first + index) }));
  }

  unionDistinct(...others: readonly Frame[]): Frame {
    const inputs = (first: number): readonly number[] => others.map((_, index) => first + index);
    return this.#over(others, (first) => ({ op: "union", inputs: inputs(first), distinct: true }));
  }

  unionByName(other: Frame, { allowMissing = false }: { readonly allowMissing?: boolean } = {}): Frame {
    const by = allowMissing ? "anyName" : "name";
    return this.#over([other], (first) => ({ op: "union", inputs: [first], by }));
  }

  intersect(other: Frame, { all: keeps = false }: SetOptions = {}): Frame {
    return this.#over([other], (right) => ({ op: "intersect", right, all: keeps }));
  }

  except(other: Frame, { all: keeps = false }: SetOptions = {}): Frame {
    return this.#over([other], (right) => ({ op: "except", right, all: keeps }));
  }

  unnest(columns: readonly string[], { nulls = "preserve" }: UnnestOptions = {}): Frame {
    return this.#with({ op: "unnest", columns, nulls });
  }

  repartition(options: RepartitionOptions): Frame {
    return this.#with(repartitionOperation(options));
  }

  describe(): Frame {
    return this.#with({ op: "describe" });
  }

  bind(parameters: Readonly<Record<string, unknown>>): Frame {
    return new FrameTree(this[frameSide].bind(parameters), this.#defaults);
  }

  alias(name: string): Frame {
    return this.#with({ op: "alias", name });
  }

  schema(options?: AbortableOptions): Promise<readonly NestedField[]> {
    return frameSchema(this[frameSide], this.#options(options));
  }

  stream(options: StreamOptions = {}): Promise<RecordBatchStream> {
    const taking = { bounds: noBounds, atOnce: false, ...viewsOf(options) };
    return openQuery(this[frameSide], this.#options(options), taking);
  }

  streamPartitions(options: StreamOptions = {}): Promise<readonly RecordBatchStream[]> {
    return openPartitions(this[frameSide], this.#options(options), viewsOf(options));
  }

  async spool(options: SpoolOptions = {}): Promise<SpooledFrame> {
    return new SpooledTree(await spoolFrame(this[frameSide], options, this.#options(options)), this.#defaults);
  }

  collect(options: CollectOptions = {}): Promise<Table & Truncation> {
    return collectTable(this[frameSide], options, this.#options(options));
  }

  rows<T extends object>(options: CollectOptions & RowOptions & DecodeOptions<T> = {}): Promise<T[] & Truncation> {
    return gatherRows<T>(this[frameSide], options, this.#options(options));
  }

  first<T extends object>(options: ProgressOptions & RowOptions & DecodeOptions<T> = {}): Promise<T | null> {
    return firstRow<T>(this[frameSide], options, this.#options(options));
  }

  single<T extends object>(options: ProgressOptions & RowOptions & DecodeOptions<T> = {}): Promise<T> {
    return singleRow<T>(this[frameSide], options, this.#options(options));
  }

  scalar<T>(options: ProgressOptions & RowOptions = {}): Promise<T> {
    return singleValue<T>(this[frameSide], options, this.#options(options));
  }

  drain(options?: ProgressOptions): Promise<number> {
    return drainRows(this[frameSide], this.#options(options));
  }

  count(options?: ProgressOptions): Promise<number> {
    return countRows(this[frameSide], this.#options(options));
  }

  show(options: ShowOptions = {}): Promise<string> {
    return showRows(this[frameSide], options, this.#options(options));
  }

  explain(options: ExplainNodesOptions): Promise<PlanNode>;
  explain(options?: ExplainOptions): Promise<string>;
  async explain(options: ExplainOptions | ExplainNodesOptions = {}): Promise<string | PlanNode> {
    const { frameExplain } = await import("./plan-terminal.ts");
    return frameExplain(this[frameSide], options, this.#options(options));
  }

  async profile(options?: ProgressOptions): Promise<QueryProfile> {
    const { frameProfile } = await import("./plan-terminal.ts");
    return frameProfile(this[frameSide], this.#options(options));
  }

  async optimizerTrace(options: TraceOptions = {}): Promise<readonly TraceStep[]> {
    const { frameTrace } = await import("./plan-terminal.ts");
    return frameTrace(this[frameSide], options, this.#options(options));
  }

  async pushdown(options?: AbortableOptions): Promise<readonly FilterPushdown[]> {
    const { framePushdown } = await import("./plan-terminal.ts");
    return framePushdown(this[frameSide], this.#options(options));
  }

  async toSql(options: ToSqlOptions = {}): Promise<string> {
    const { frameSql } = await import("./plan-terminal.ts");
    return frameSql(this[frameSide], options, this.#options(options));
  }

  async artifact(options: ArtifactOptions = {}): Promise<PlanArtifact> {
    const { frameArtifact } = await import("./plan-terminal.ts");
    return frameArtifact(this[frameSide], options, this.#options(options));
  }

  async lineage(options?: AbortableOptions): Promise<Lineage> {
    const { frameLineage } = await import("./plan-terminal.ts");
    return frameLineage(this[frameSide], this.#options(options));
  }

  async toSubstrait(options?: AbortableOptions): Promise<SubstraitPlan> {
    const { frameSubstrait } = await import("./plan-terminal.ts");
    return frameSubstrait(this[frameSide], this.#options(options));
  }

  #with(operation: FrameOperation): Frame {
    return this.#over([], () => operation);
  }

  #over(frames: readonly Frame[], operation: (firstOperand: number) => FrameOperation): Frame {
    const node = this[frameSide];
    const operands = frames.map((frame) => frameNodeIn(frame, node.state));
    const queries = queriedFrames(operation(0)).map((frame) => frameNodeIn(frame, node.state));
    return new FrameTree(node.with({ operation, operands, queries }), this.#defaults);
  }

  #grouped(groups: Omit<AggregateOperation, "op" | "values">): GroupedFrame {
    const aggregate = (values: Aggregates): Frame => this.#with({ ...aggregateOperation({ values }), ...groups });
    return { aggregate };
  }

  #options(options: ProgressOptions = {}): QueryOptions {
    return queryOptions(this.#defaults, options);
  }
}

class SpooledTree extends FrameTree implements SpooledFrame {
  readonly #closing: Closeable;

  constructor({ node, closing }: Spooled, defaults: QueryDefaults) {
    super(node, defaults);
    this.#closing = closing;
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }
}

/** The tree of a frame, which must be of the session. Throws `FRAME.FOREIGN_SESSION`. */
export function frameNodeIn(frame: Frame, { home, sessionId }: Pick<SessionState, "home" | "sessionId">): FrameNode {
  const node = frameNodeOf(frame);
  if (node.state.home !== home) throw foreignSession(sessionId, node.state.sessionId);
  return node;
}

/** What a call says wins over what the text was given with; either signal aborts. */
function queryOptions(defaults: QueryDefaults, options: ProgressOptions): QueryOptions {
  const signals = [defaults.signal, options.signal].filter((signal) => signal !== undefined);
  const [first, second] = signals;
  const signal = second === undefined ? first : AbortSignal.any(signals);
  const onProgress = options.onProgress ?? defaults.onProgress;
  return {
    label: defaults.label,
    diagnostics: defaults.diagnostics,
    ...(defaults.limits === undefined ? {} : { limits: defaults.limits }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

function viewsOf({ viewTypes }: StreamOptions): Pick<StreamOpening, "viewTypes"> {
  return viewTypes === undefined ? {} : { viewTypes };
}

/** A frame over a tree. `defaults` hold for every terminal. */
export function frameOf(node: FrameNode, defaults: QueryDefaults = {}): Frame {
  return new FrameTree(node, defaults);
}

/** Whether a value is a frame of this package. */
export function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && frameSide in value;
}

/** The tree of a frame. */
export function frameNodeOf(frame: Frame): FrameNode {
  if (!isFrame(frame)) throw new InternalError("The object is not a frame of this package");
  return blindCast<FrameTree, "isFrame found its member">(frame)[frameSide];
}
