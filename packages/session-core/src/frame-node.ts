import { hotShape } from "./hot-shape.ts";
import type { ParameterUse } from "./plan-use.ts";
import type { FrameOperation } from "./frame-plan.ts";
import type { NativeFrame } from "./native-session.ts";
import { frameReplyMembers, handleOf } from "./native-session.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { QueryRun, RunStatement } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import { type OpenedStream, openedStream, type StreamRequest, streamReplySchema } from "./stream-opening.ts";
import { z } from "zod";

/** What planning a frame gave. */
export interface PlannedFrame extends NativeFrame {
  /** The statement at its root. */
  readonly statement: RunStatement;
  /** Parameters of the statement and of those of its operands. */
  readonly parameters: readonly ParameterUse[];
  /** Time of parsing and of planning the statement at its root. */
  readonly timings: { readonly parseUs: number | null; readonly analyzeUs: number | null };
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
}

/** A frame as data: a leaf and the operations over it. It is planned once. */
export interface FrameNode extends FrameLeaf {
  readonly state: SessionState;
  /** The same with one more operation. */
  with(operation: PendingOperation): FrameNode;
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

class Node implements FrameNode {
  readonly state: SessionState;
  readonly #leaf: FrameLeaf;
  readonly #operations: readonly PendingOperation[];
  readonly #own: FrameLeaf;

  constructor(state: SessionState, leaf: FrameLeaf, operations: readonly PendingOperation[]) {
    this.state = state;
    this.#leaf = leaf;
    this.#operations = operations;
    this.#own = operations.length === 0 ? leaf : plannedOnce((run, options) => this.#apply(run, options));
  }

  planned(run: QueryRun, options: PlanningOptions): Promise<PlannedFrame> {
    return this.#own.planned(run, options);
  }

  with(operation: PendingOperation): FrameNode {
    return new Node(this.state, this.#leaf, [...this.#operations, operation]);
  }

  async #apply(run: QueryRun, { open, ...options }: PlanningOptions): Promise<PlannedFrame> {
    const source = await this.#leaf.planned(run, options);
    const operands: PlannedFrame[] = [];
    const ops: FrameOperation[] = [];
    for (const { operation, operands: inputs } of this.#operations) {
      ops.push(operation(operands.length));
      for (const input of inputs) operands.push(await input.planned(run, options));
    }
    const reply = await this.state.call(
      {
        entrypoint: "session.applyOps",
        request: {
          source: { $handle: 0 },
          ops,
          operands: operands.map((_, index) => ({ $handle: index + 1 })),
          ...(open === undefined ? {} : { open }),
        },
        handles: [source.handle, ...operands.map((operand) => operand.handle)],
        reply: applyReplySchema,
      },
      options,
    );
    const parameters = [source, ...operands].flatMap((input) => input.parameters);
    const { fields, opened } = reply.body;
    const frame = { ...source, handle: handleOf(reply), fields, parameters };
    return opened === undefined ? frame : { ...frame, opened: openedStream(reply, opened) };
  }
}

/** A frame that is its leaf. */
export function frameNode(state: SessionState, leaf: FrameLeaf): FrameNode {
  return new Node(state, leaf, []);
}
