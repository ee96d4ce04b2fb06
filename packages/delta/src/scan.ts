import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Frame } from "@deltafuse/session-core/frame";
import { frameFromNative } from "@deltafuse/session-core/native-frame";
import { frameReplySchema } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import { openNativeTable, type TableInput, targetOf } from "./table.ts";

/**
 * A table as a frame: the version of the target, else the newest one at this moment. The frame stays at that version.
 *
 * Rejects as `openTable`, and with `DELTA.CLOSED`.
 *
 * @example
 * const before = await readTable(session, { location: "data/flights", version: 0 });
 * console.log(await before.count());
 */
export async function readTable(session: Session, target: TableInput, options: AbortableOptions = {}): Promise<Frame> {
  const table = await openNativeTable(session, targetOf(session, target), options);
  try {
    return frameFromNative(session, await table.call({ entrypoint: "table.scan", reply: frameReplySchema }, options));
  } finally {
    table.handle.close();
  }
}
