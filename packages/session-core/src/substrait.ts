import type { AbortableOptions } from "@deltafuse/config/abort";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { substraitLeaf } from "./frame-leaf.ts";
import { frameNode } from "./frame-node.ts";
import { frameNodeOf, frameOf } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import { nativeSession } from "./native-session.ts";
import type { PlanWarning } from "./plan-warning.ts";
import type { Session } from "./session.ts";
import { stateOf } from "./session-state.ts";

/** Options of {@link validateSubstrait}. */
export interface ValidateSubstraitOptions extends AbortableOptions {
  /** Runs both queries and compares their rows too. Default: false. */
  readonly execute?: boolean;
}

/** What became of a query that was written as Substrait and read again. */
export interface SubstraitCheck {
  /**
   * `same`: equal columns, and equal plans or rows. `different`: other columns or rows. `undecided`: equal columns, but
   * another plan, and no rows were compared. `unsupported`: the plan cannot be written, or not be read again.
   */
  readonly status: "same" | "different" | "undecided" | "unsupported";
  /** Whether names and types of the columns are equal. */
  readonly schemaEqual: boolean;
  /** Whether the optimised plans are equal. Substrait keeps no aliases of tables, so another plan may well do the same. */
  readonly planEqual: boolean;
  /** Whether the rows are equal, in any order; only with `execute`. */
  readonly rowsEqual?: boolean;
  /** What cannot be expressed, and what other engines may not understand. */
  readonly warnings: readonly PlanWarning[];
}

/**
 * A frame of a Substrait plan, which may come from another engine. It is read when the frame is planned, under the SQL
 * policy of the session: tables by their names, nothing that writes, no function that is denied, no parameters.
 *
 * Terminals reject with `PLAN.SUBSTRAIT_INVALID {reason}`, `PLAN.SUBSTRAIT_UNSUPPORTED {reason}`, `SQL.POLICY_VIOLATION`,
 * `SQL.PLAN_ERROR {table, candidates}` for an unknown table and `SQL.PARAMETER_MISSING {names}`.
 *
 * @param plan - A serialised `substrait.Plan`; copied now.
 */
export function fromSubstrait(session: Session, plan: Uint8Array): Frame {
  const state = stateOf(nativeSession(session));
  return frameOf(frameNode(state, substraitLeaf(state, plan.slice())));
}

/**
 * Writes the optimised plan of a frame as Substrait, reads it again and compares the two. It changes nothing and, without
 * `execute`, runs nothing. Rejects as the terminals of the frame do.
 */
export async function validateSubstrait(
  frame: Frame,
  { execute = false, ...options }: ValidateSubstraitOptions = {},
): Promise<SubstraitCheck> {
  const artifact = await frame.artifact({ ...options, substrait: true });
  if (artifact.substrait === undefined) return unsupported(artifact.warnings);
  const { state } = frameNodeOf(frame);
  const leaf = substraitLeaf(state, Buffer.from(artifact.substrait, "base64"));
  const copy = frameOf(frameNode(state, leaf));
  const read = await readAgain(copy, options);
  if ("failure" in read) return unsupported([...artifact.warnings, { code: "SUBSTRAIT", message: read.failure }]);
  const compared = {
    schemaEqual: (await columnsOf(frame, options)) === (await columnsOf(copy, options)),
    planEqual: read.digest === artifact.p1.digest,
    ...(execute ? { rowsEqual: await sameRows([frame, copy], options) } : {}),
  };
  return { status: statusOf(compared), ...compared, warnings: artifact.warnings };
}

function unsupported(warnings: readonly PlanWarning[]): SubstraitCheck {
  return { status: "unsupported", schemaEqual: false, planEqual: false, warnings };
}

/** The digest of the optimised copy, or why the plan cannot be read. */
async function readAgain(
  copy: Frame,
  options: AbortableOptions,
): Promise<{ readonly digest: string } | { readonly failure: string }> {
  try {
    const { p1 } = await copy.artifact(options);
    return { digest: p1.digest };
  } catch (error) {
    if (!isDeltaFuseError(error, "PLAN.") && !isDeltaFuseError(error, "SQL.PLAN_ERROR")) throw error;
    return { failure: error.message };
  }
}

function statusOf({
  schemaEqual,
  planEqual,
  rowsEqual,
}: Pick<SubstraitCheck, "schemaEqual" | "planEqual" | "rowsEqual">): SubstraitCheck["status"] {
  if (!schemaEqual || rowsEqual === false) return "different";
  return planEqual || rowsEqual === true ? "same" : "undecided";
}

async function columnsOf(frame: Frame, options: AbortableOptions): Promise<string> {
  const fields = await frame.schema(options);
  return JSON.stringify(fields.map(({ name, type }) => [name, type]));
}

/** Compares the rows of two frames as multisets: each row adds one for the first and takes one away for the second. */
async function sameRows(frames: readonly [Frame, Frame], options: AbortableOptions): Promise<boolean> {
  const counts = new Map<string, number>();
  for (const [index, frame] of frames.entries()) {
    const step = index === 0 ? 1 : -1;
    const stream = await frame.stream(options);
    try {
      for await (const rows of stream.rowBatches({ values: "json", duplicateNames: "suffix" }))
        for (const row of rows) {
          const key = JSON.stringify(Object.values(row));
          counts.set(key, (counts.get(key) ?? 0) + step);
        }
    } finally {
      await stream.close();
    }
  }
  return [...counts.values()].every((count) => count === 0);
}
