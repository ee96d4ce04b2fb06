import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import { uuidV7 } from "@deltafuse/config/uuid";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { tableOperation, traced } from "@deltafuse/hooks/operation";
import { schemaHash } from "@deltafuse/schema/schema-hash";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { assertWritable, nativeSession } from "@deltafuse/session-core/native-session";
import { type SourcePlan, sourcePlanSchema } from "@deltafuse/session-core/plan-use";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import {
  type DestinationFacts,
  planWrite,
  type WritePlan,
  type WriteRequest,
  type WriteResult,
  type WriteSpec,
} from "./write-plan.ts";
import { openWriteSource, type WriteSource } from "./write-source.ts";

type Written = Pick<WriteResult, "rows" | "bytes" | "files" | "partitions">;

const factsSchema: z.ZodMiniType<DestinationFacts> = z.object({
  exists: z.boolean(),
  directory: z.boolean(),
  empty: z.boolean(),
  foreignFiles: z.array(z.string()),
  isDelta: z.boolean(),
});

const writtenSchema: z.ZodMiniType<Written & { readonly source: SourcePlan | null }> = z.strictObject({
  files: z.array(
    z.strictObject({
      path: z.string(),
      rows: z.int(),
      bytes: z.int(),
      partition: z.record(z.string(), z.nullable(z.string())),
    }),
  ),
  rows: z.int(),
  bytes: z.int(),
  partitions: z.int(),
  source: z.nullable(sourcePlanSchema),
});

/** A write that was asked for. */
export interface RequestedWrite {
  /** What was called. */
  readonly name: string;
  readonly source: WriteSource;
  readonly spec: WriteSpec;
  /** Columns that hold no null. */
  readonly required: readonly string[];
  /** Reads what was asked for, and what interceptors make of it. */
  readonly parse: (spec: WriteSpec) => WriteRequest;
}

/** Plans and performs a write, with its interceptors, events and record. */
export async function tracedWrite(session: Session, write: RequestedWrite, run: ProgressOptions): Promise<WriteResult> {
  assertWritable(session, write.name);
  const request = write.parse(write.spec);
  const about = { ...tableOperation("WRITE"), kind: "write", signal: run.signal } as const;
  return traced(session.hooks, about, async (operation) => {
    const result = await performWrite(session, { ...write, request }, run);
    operation.setAttributes({ "deltafuse.write.rows": result.rows });
    return result;
  });
}

async function performWrite(
  session: Session,
  { request, source, spec, required, parse }: RequestedWrite & { readonly request: WriteRequest },
  run: ProgressOptions,
): Promise<WriteResult> {
  const native = nativeSession(session);
  const facts = await native.call(
    { entrypoint: "session.writeFacts", request: { location: request.path }, reply: factsSchema },
    run,
  );
  const planned = planWrite(request, facts.body);
  const plan = await admittedWrite(session, { planned, spec, parse, facts: facts.body }, run);
  const began = performance.now();
  const { hooks } = session;
  const { uri: target, format, mode, method, partitionBy } = plan;
  const about = { target, format, mode };
  hooks.emit("write.started", { ...about, plan: { method, partitionBy, targetBytes: null } });
  const durationUs = (): number => Math.round((performance.now() - began) * 1000);
  try {
    const { written, fields, writeId, planFingerprint } = await writeFiles(session, { plan, source, required }, run);
    await hooks.settle("write.committed", {
      ...about,
      method,
      rows: written.rows,
      bytes: written.bytes,
      files: written.files.length,
      partitionBy,
      partitions: partitionBy.length === 0 ? null : written.partitions,
      schemaHash: schemaHash(fields),
      planFingerprint,
      options: { ...plan.options },
      durationUs: durationUs(),
    });
    return { writeId, ...about, method, ...written, durationMs: performance.now() - began };
  } catch (error) {
    hooks.emit("write.failed", {
      ...about,
      method,
      error: toErrorPayload(error),
      committed: false,
      durationUs: durationUs(),
    });
    throw error;
  }
}

interface PlannedWrite {
  readonly planned: WritePlan;
  readonly spec: WriteSpec;
  readonly parse: (spec: WriteSpec) => WriteRequest;
  readonly facts: DestinationFacts;
}

/** Asks the interceptors of `beforeWrite`. With the options that they leave, the write is planned again. */
async function admittedWrite(
  { hooks }: Session,
  { planned, spec, parse, facts }: PlannedWrite,
  { signal }: ProgressOptions,
): Promise<WritePlan> {
  if (!hooks.asks("beforeWrite")) return planned;
  const { uri, format, mode, method, single, partitionBy, replaces } = planned;
  const { target, ...options } = spec;
  const question = {
    operation: "WRITE",
    target: uri,
    uri,
    format,
    mode,
    plan: { method, single, partitionBy, replaces },
    commitMetadata: null,
    options: blindCast<JsonObject, "the options of a write are plain data">(options),
  };
  const answer = await hooks.ask("beforeWrite", question, signal === undefined ? {} : { signal });
  return planWrite(parse({ ...answer.options, target }), facts);
}

interface FileWrite {
  readonly written: Written;
  readonly fields: readonly NestedField[];
  readonly writeId: string;
  readonly planFingerprint: Fingerprint | null;
}

async function writeFiles(
  session: Session,
  { plan, source, required }: { readonly plan: WritePlan } & Pick<RequestedWrite, "source" | "required">,
  options: ProgressOptions,
): Promise<FileWrite> {
  const input = await openWriteSource(session, source, options);
  const writeId = uuidV7().replaceAll("-", "");
  const { path, format, mode, single, partitionBy, options: writer } = plan;
  const request = {
    source: { $handle: 0 },
    location: path,
    format,
    mode,
    single,
    partitionBy,
    required,
    writeId,
    options: writer,
  };
  const call = {
    entrypoint: "session.writeFiles",
    request,
    handles: [input.handle],
    reply: writtenSchema,
    durable: true,
  } as const;
  const reply = await input.read(() => nativeSession(session).call(call, options));
  const { source: written, ...files } = reply.body;
  return { written: files, fields: input.fields, writeId, planFingerprint: input.fingerprintOf(written) };
}
