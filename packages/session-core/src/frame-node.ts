import { applyOperations } from "./frame-apply.ts";
import type { ParameterUse } from "./plan-use.ts";
import type { FrameOperation, QueryNode } from "./frame-plan.ts";
import { withQueries } from "./frame-query.ts";
import type { NativeHandle } from "./native-binding.ts";
import type { NativeFrame } from "./native-session.ts";
import { type EncodedParameters, encodeParameters } from "./parameters.ts";
import type { PlanCacheUse } from "./plan-cache-use.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { QueryRun, RunStatement } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import type { OpenedStream, StreamRequest } from "./stream-opening.ts";

/** What planning a frame gave. */
export interface PlannedFrame extends NativeFrame {
  /** The statement at its root. */
  readonly statement: RunStatement;
  /** Parameters of the statement and of those of its operands. */
  readonly parameters: readonly ParameterUse[];
  /** Time of parsing and of planning the statement at its root. */
  readonly timings: { readonly parseUs: number | null; readonly analyzeUs: number | null };
  /** What the plan cache had to do with the frame, or else with the statement at its root; null where it was not asked. */
  readonly cacheResult: PlanCacheUse["result"] | null;
  /** Its stream, where planning opened it. Whoever asked for it takes charge of it. */
  readonly opened?: OpenedStream;
}

/** How a frame is planned. */
export interface PlanningOptions extends ProgressOptions {
  /** Opens the stream of its rows in the same call, where the frame is not planned yet. */
  readonly open?: StreamRequest;
}

/** A table or view that is looked up by the first call that needs it. */
export interface NamedTable {
  readonly name: readonly string[];
  /** What was found, for all frames over it. */
  readonly handle: NativeHandle | undefined;
  /** Takes what a call has found; false when there was something already. */
  keep(handle: NativeHandle): boolean;
}

/** What a frame starts with. It is planned once. */
export interface FrameLeaf {
  /** A table that a call may name. */
  readonly table?: NamedTable | undefined;
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
  add(leaf: FrameLeaf): number;
}

/** A frame as data: a leaf and the operations over it. It is planned once. */
export interface FrameNode extends FrameLeaf {
  readonly state: SessionState;
  /** The same with one more operation. */
  with(operation: PendingOperation): FrameNode;
  /** The same with values for its parameters. Throws `SQL.PARAMETER_NAME` and `SQL.PARAMETER_TYPE`. */
  bind(parameters: Readonly<Record<string, unknown>>): FrameNode;
  /** This frame as a query of another one: it can refer to columns of that one. */
  asQuery(operands: Operands): QueryNode;
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

  get table(): NamedTable | undefined {
    return this.#own.table;
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

  asQuery(operands: Operands): QueryNode {
    if (this.#parts.encoded !== undefined) return { source: operands.add(this), ops: [] };
    return { source: operands.add(this.#parts.leaf), ops: this.#lowered(operands) };
  }

  #lowered(operands: Operands): readonly FrameOperation[] {
    const ops: FrameOperation[] = [];
    for (const { operation, operands: inputs, queries } of this.#parts.operations) {
      const lowered = operation(operands.count);
      for (const input of inputs) operands.add(input);
      const inner = queries.map((query) => query.asQuery(operands));
      ops.push(withQueries(lowered, inner));
    }
    return ops;
  }

  #apply(run: QueryRun, options: PlanningOptions): Promise<PlannedFrame> {
    const operands: FrameLeaf[] = [];
    const ops = this.#lowered({
      get count() {
        return operands.length;
      },
      add: (leaf) => operands.push(leaf) - 1,
    });
    const leaves = [this.#parts.leaf, ...operands];
    return applyOperations(this.state, { leaves, ops, parameters: this.#parts.encoded }, { run, ...options });
  }
}

/** A frame that is its leaf. */
export function frameNode(state: SessionState, leaf: FrameLeaf): FrameNode {
  return new Node(state, { leaf, operations: [], parameters: {}, encoded: undefined });
}
