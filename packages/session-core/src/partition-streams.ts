import { InternalError } from "@deltafuse/config/errors";
import { noBounds } from "./before-execute.ts";
import { type BatchPull, batchPull } from "./batch-pull.ts";
import type { FrameNode } from "./frame-node.ts";
import { lateCancel } from "./late-cancel.ts";
import { partitionRuns } from "./partition-run.ts";
import { watchProgress } from "./progress-watch.ts";
import { admitPlanned, planning, type QueryOptions, type QuerySite } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import { queryStream } from "./query-stream.ts";
import type { RecordBatchStream } from "./record-batch-stream.ts";
import { streamReplySchema, type StreamOpening, streamRequest } from "./stream-opening.ts";
import { sharedFeed } from "./table-feed.ts";

/** `streamPartitions`: one query, and a stream per output partition. */
export async function openPartitions(
  node: FrameNode,
  options: QueryOptions,
  opening: Pick<StreamOpening, "viewTypes">,
): Promise<readonly RecordBatchStream[]> {
  const { state } = node;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(state, options);
  const open = streamRequest({ state, run }, { ...opening, partitioned: true });
  return planning(run, options, async (at) => {
    const planned = await node.planned(run, options);
    at("physical");
    const call = { entrypoint: "frame.stream", on: planned.handle, request: { ...open }, reply: streamReplySchema };
    const { body: reply, buffers, streams } = await state.call(call, options);
    const schemaMessage = buffers[reply.schema.$buffer];
    if (schemaMessage === undefined) throw new InternalError("The native extension opened streams without a schema");
    const site: QuerySite = { state, run, options, bounds: noBounds, open };
    const { bounds, options: admitted } = await admitPlanned(planned, reply, { site, opened: streams });
    if (streams.length === 0) run.release();
    const pulls: BatchPull[] = [];
    const runs = partitionRuns(run, {
      partitions: streams.length,
      failed: (error) => void Promise.all(pulls.map((pull) => pull.fail(error))),
    });
    const feeds = (planned.feeds ?? []).map((feed) => sharedFeed(feed, streams.length));
    const { onProgress: _onProgress, ...quiet } = admitted;
    return streams.map((native, index) => {
      const cancel = lateCancel(state.port.binding);
      const watch = watchProgress(cancel, index === 0 ? admitted : quiet);
      const member = runs[index] ?? run;
      const { partitions, fields, storageFields } = reply;
      const pull = batchPull({ state, run: member, native, first: undefined, cancel, watch, partitions, feeds });
      pulls.push(pull);
      const programs = state.rowPrograms;
      return queryStream({
        run,
        pull,
        bounds,
        fields,
        storageFields: storageFields ?? fields,
        schemaMessage,
        programs,
      });
    });
  });
}
