import type { TracedOperation } from "@deltafuse/hooks/operation";
import * as z from "@deltafuse/config/zod";

const text = z.string();

/** Shape of what the extension tells of its work under a sampled trace. */
export const nativeSpansSchema: z.ZodMiniType<NativeSpans> = z.strictObject({
  spans: z.array(
    z.strictObject({
      id: text,
      parentId: z.nullable(text),
      name: text,
      startUnixNs: text,
      endUnixNs: text,
      attributes: z.record(text, z.union([text, z.number(), z.boolean()])),
      error: z.exactOptional(text),
    }),
  ),
  dropped: z.int(),
});

/** Spans of one call, and how many more there were. */
export interface NativeSpans {
  readonly spans: Parameters<TracedOperation["addNativeSpans"]>[0];
  readonly dropped: number;
}
