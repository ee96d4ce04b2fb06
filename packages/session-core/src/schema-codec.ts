import type { AbortableOptions } from "@deltafuse/config/abort";
import { InternalError } from "@deltafuse/config/errors";
import * as z from "@deltafuse/config/zod";
import type { NestedField } from "./field-type.ts";
import { callNative, type NativeAnswer } from "./native-call.ts";
import { loadNativeLibrary } from "./native-library.ts";
import { frameReplyMembers } from "./native-session.ts";

/** A schema in its three forms: fields, Arrow IPC schema message, hashes. */
export interface EncodedSchema {
  readonly fields: readonly NestedField[];
  /** The IPC schema message: the start of an Arrow IPC stream. */
  readonly message: Uint8Array;
  /** Hash of what the columns are, without layout and metadata. */
  readonly schemaHash: string;
  /** Hash of everything the schema says. */
  readonly schemaIdentityHash: string;
}

const codecReplySchema = z.strictObject({
  ...frameReplyMembers,
  schemaHash: z.string(),
  schemaIdentityHash: z.string(),
});

function encodedSchema({ body, buffers }: NativeAnswer<z.infer<typeof codecReplySchema>>): EncodedSchema {
  const { fields, schema, schemaHash, schemaIdentityHash } = body;
  const message = buffers[schema.$buffer];
  if (message === undefined) throw new InternalError("The native extension replied without a schema message");
  return { fields, message, schemaHash, schemaIdentityHash };
}

/** Encodes fields as an Arrow IPC schema message, natively. Rejects with `NATIVE.BAD_REQUEST` for an impossible type. */
export async function schemaToIpc(
  fields: readonly NestedField[],
  options: AbortableOptions = {},
): Promise<EncodedSchema> {
  const { binding } = await loadNativeLibrary();
  const call = { entrypoint: "schemaCodec", request: { fields }, reply: codecReplySchema } as const;
  return encodedSchema(await callNative({ binding }, call, options));
}

/** Reads the schema that Arrow IPC bytes begin with, natively. Rejects with `ENGINE.ARROW` for other bytes. */
export async function schemaFromIpc(ipc: Uint8Array, options: AbortableOptions = {}): Promise<EncodedSchema> {
  const { binding } = await loadNativeLibrary();
  const request = { schema: { $buffer: 0 } };
  const call = { entrypoint: "schemaCodec", request, buffers: [ipc], reply: codecReplySchema } as const;
  return encodedSchema(await callNative({ binding }, call, options));
}
