import { hotShape } from "./hot-shape.ts";
import type { ParameterUse } from "./plan-use.ts";
import type { FrameOperation, QueryNode } from "./frame-plan.ts";
import { withQueries } from "./frame-query.ts";
import type { NativeFrame } from "./native-session.ts";
import { frameReplyMembers, handleOf } from "./native-session.ts";
import { type EncodedParameters, encodeParameters, parametersIpc } from "./parameters.ts";
import type { PlanCacheUse } from "./plan-cache-use.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { QueryRun, RunStatement } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import { type OpenedStream, openedStream, type StreamRequest, streamReplySchema } from "./stream-opening.ts";
import * as z from "@deltafuse/config/zod";

/** What planning a frame gave. */
export interface PlannedFrame extends NativeFrame {
  /** The statement at its root. */
  readonly statement: RunStatement;
  /** Parameters of the statement and of those of its operands. */
  readonly parameters: readonly ParameterUse[];
  /** Time of parsing and of planning the statement at its root. */
  readonly timings: { readonly parseUs: number | null; readonly analyzeUs: number | null };
  /** What the plan cache had to do with the statement at its root; null where it was not asked. */
  readonly cacheResult: PlanCacheUse["result"] | null;
  /** Its stream, where planning opened it. Whoever asked for it takes charge of it. */
  readonly opened?: OpenedStream;
}

/** How a frame is planned. */
export interface PlanningOptions extends ProgressOptions {
  /** Opens the stream of its rows in the same call, where the frame is not planned yet. */
  readonly open?: StreamRequest;
}

/** What a frame starts with. It is planned once. */
export interface FrameLeaf {
  planned(run: QueryRun, options: PlanningOptions): Promise<PlannedFrame>;
}

/** An operation that waits for the positions of its operands. */
export interface PendingOperation {
  /** The operation, given the position of its first operand. */
  readonly operation: (firstOperand: number) => FrameOperation;
  readonly operands: readonly FrameNode[];
  /** Frames inside its expressions. */
  readonly queries: readonly FrameNode[];
}

/** Takes the operands of a request, and tells their positions. */
interface Operands {
  readonly count: number;
  add(leaf: FrameLeaf): Promise<number>;
}

/** A frame as data: a leaf and the operations over it. It is planned once. */
export interface FrameNode extends FrameLeaf {
  readonly state: SessionState;
  /** The same with one more operation. */
  with(operation: PendingOperation): FrameNode;
  /** The same with values for its parameters. Throws `SQL.PARAMETER_NAME` and `SQL.PARAMETER_TYPE`. */
  bind(parameters: Readonly<Record<string, unknown>>): FrameNode;
  /** This frame as a query of another one: it can refer to columns of that one. */
  asQuery(operands: Operands): Promise<QueryNode>;
}

/**
 * Runs a planning function until it has succeeded once and keeps what it gave, as long as the leaf is in use. Concurrent
 * first calls plan twice and keep one result, so that the abort of one caller never fails another.
 */
export function plannedOnce(plan: FrameLeaf["planned"]): FrameLeaf {
  let kept: PlannedFrame | undefined;
  // Given up once it has succeeded, with all it holds: the rows of a frame are in the engine then.
  let attempt: FrameLeaf["planned"] = plan;
  return {
    planned: async (run, options) => {
      if (kept !== undefined) return kept;
      const { opened, ...planned } = await attempt(run, options);
      if (kept === undefined) {
        kept = planned;
        attempt = () => Promise.resolve(planned);
      } else planned.handle.close();
      return opened === undefined ? kept : { ...kept, opened };
    },
  };
}

const applyReplySchema = hotShape(z.strictObject({ ...frameReplyMembers, opened: streamReplySchema.optional() }));

/** What a node is made of. */
interface NodeParts {
  readonly leaf: FrameLeaf;
  readonly operations: readonly PendingOperation[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The same on their way to the engine. */
  readonly encoded: EncodedParameters | undefined;
}

class Node implements FrameNode {
  readonly state: SessionState;
  readonly #parts: NodeParts;
  readonly #own: FrameLeaf;

  constructor(state: SessionState, parts: NodeParts) {
    this.state = state;
    this.#parts = parts;
    this.#own = parts.operations.length === 0 ? parts.leaf : plannedOnce((run, options) => this.#apply(run, options));
  }

  planned(run: QueryRun, options: PlanningOptions): Promise<PlannedFrame> {
    return this.#own.planned(run, options);
  }

  with(operation: PendingOperation): FrameNode {
    return new Node(this.state, { ...this.#parts, operations: [...this.#parts.operations, operation] });
  }

  bind(values: Readonly<Record<string, unknown>>): FrameNode {
    const parameters = { ...this.#parts.parameters, ...values };
    return new Node(this.state, { ...this.#parts, parameters, encoded: encodeParameters(parameters) });
  }

  async asQuery(operands: Operands): Promise<QueryNode> {
    if (this.#parts.encoded !== undefined) return { source: await operands.add(this), ops: [] };
    return { source: await operands.add(this.#parts.leaf), ops: await this.#lowered(operands) };
  }

  async #lowered(operands: Operands): Promise<readonly FrameOperation[]> {
    const ops: FrameOperation[] = [];
    for (const { operation, operands: inputs, queries } of this.#parts.operations) {
      const lowered = operation(operands.count);
      for (const input of inputs) await operands.add(input);
      const inner: QueryNode[] = [];
      for (const query of queries) inner.push(await query.asQuery(operands));
      ops.push(withQueries(lowered, inner));
    }
    return ops;
  }

  async #apply(run: QueryRun, { open, ...options }: PlanningOptions): Promise<PlannedFrame> {
    const source = await this.#parts.leaf.planned(run, options);
    const operands: PlannedFrame[] = [];
    const ops = await this.#lowered({
      get count() {
        return operands.length;
      },
      add: async (leaf) => operands.push(await leaf.planned(run, options)) - 1,
    });
    const bound = this.#parts.encoded;
    const reply = await this.state.call(
      {
        entrypoint: "session.applyOps",
        request: {
          source: { $handle: 0 },
          ops,
          operands: operands.map((_, index) => ({ $handle: index + 1 })),
          ...(bound === undefined ? {} : { parameters: { named: { $buffer: 0 } } }),
          ...(open === undefined ? {} : { open }),
        },
        handles: [source.handle, ...operands.map((operand) => operand.handle)],
        buffers: bound === undefined ? [] : [await parametersIpc(this.state, bound)],
        reply: applyReplySchema,
      },
      options,
    );
    const parameters = [source, ...operands].flatMap((input) => input.parameters);
    const { fields, opened } = reply.body;
    const feeds = [source, ...operands].flatMap((input) => input.feeds ?? []);
    const frame = { ...source, handle: handleOf(reply), fields, parameters, feeds };
    return opened === undefined ? frame : { ...frame, opened: openedStream(reply, opened) };
  }
}

/** A frame that is its leaf. */
export function frameNode(state: SessionState, leaf: FrameLeaf): FrameNode {
  return new Node(state, { leaf, operations: [], parameters: {}, encoded: undefined });
}
