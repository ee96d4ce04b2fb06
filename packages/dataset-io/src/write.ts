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
import { z } from "zod";
import {
  type DestinationFacts,
  parseWrite,
  planWrite,
  type WriteMode,
  type WritePlan,
  type WriteRequest,
  type WriteSpec,
} from "./write-plan.ts";
import { openWriteSource, type WriteSource } from "./write-source.ts";

/** A write of rows as files. */
export interface DatasetWrite extends WriteSpec {
  readonly source: WriteSource;
}

/** How a write runs. */
export interface WriteRunOptions extends ProgressOptions {
  /** Absolute path that a relative target starts from. Default: the current directory. */
  readonly base?: string;
}

/** One file that was written. */
export interface WrittenFile {
  /** Absolute path. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Values of its folders; null for null. */
  readonly partition: Readonly<Record<string, string | null>>;
}

/** What a write did. */
export interface WriteResult {
  /** Part of the names of the files. */
  readonly writeId: string;
  /** Canonical URL. */
  readonly target: string;
  readonly format: "parquet";
  readonly mode: WriteMode;
  readonly method: "files";
  readonly rows: number;
  readonly bytes: number;
  readonly files: readonly WrittenFile[];
  /** Different values of the partition columns; 0 without such columns. */
  readonly partitions: number;
  readonly durationMs: number;
}

type Written = Pick<WriteResult, "rows" | "bytes" | "files" | "partitions">;

const factsSchema: z.ZodType<DestinationFacts> = z.object({
  exists: z.boolean(),
  directory: z.boolean(),
  empty: z.boolean(),
  foreignFiles: z.array(z.string()),
  isDelta: z.boolean(),
});

const writtenSchema: z.ZodType<Written & { readonly source: SourcePlan | null }> = z.strictObject({
  files: z.array(
    z.strictObject({
      path: z.string(),
      rows: z.int(),
      bytes: z.int(),
      partition: z.record(z.string(), z.string().nullable()),
    }),
  ),
  rows: z.int(),
  bytes: z.int(),
  partitions: z.int(),
  source: sourcePlanSchema.nullable(),
});

/**
 * Writes rows as Parquet: one file, or a folder of files. Everything is staged beside the target and becomes visible in one
 * step at the end, so that a failure, an abort or a source that throws leaves what was there.
 *
 * Rejects with `SESSION.READ_ONLY`, `IO.WRITE_OPTION`, `IO.WRITE_UNSUPPORTED`, `IO.LOCATION_INVALID`,
 * `IO.DESTINATION_EXISTS`, `IO.DESTINATION_FOREIGN`, `IO.TYPE_UNSUPPORTED {column, type}`, `IO.PARTITION_VALUE`,
 * `NATIVE.SOURCE_FAILED` with what the source threw as cause, `STORE.*`, the `HOOKS.*` codes of interceptors of
 * `beforeWrite`, and what running the source rejects with.
 *
 * @example
 * await writeDataset(session, { source: { sql: "SELECT * FROM flights" }, target: "output/flights/", partitionBy: ["month"] });
 */
export async function writeDataset(
  session: Session,
  write: DatasetWrite,
  options: WriteRunOptions = {},
): Promise<WriteResult> {
  const { source, ...spec } = write;
  const { base = process.cwd(), ...run } = options;
  assertWritable(session, "writeDataset");
  const request = parseWrite(spec, base);
  const about = { ...tableOperation("WRITE"), kind: "write", signal: run.signal } as const;
  return traced(session.hooks, about, async (operation) => {
    const result = await performWrite(session, { request, source, spec, base }, run);
    operation.setAttributes({ "deltafuse.write.rows": result.rows });
    return result;
  });
}

interface RequestedWrite {
  readonly request: WriteRequest;
  readonly source: WriteSource;
  readonly spec: WriteSpec;
  readonly base: string;
}

async function performWrite(
  session: Session,
  { request, source, spec, base }: RequestedWrite,
  run: ProgressOptions,
): Promise<WriteResult> {
  const native = nativeSession(session);
  const facts = await native.call(
    { entrypoint: "session.writeFacts", request: { location: request.path }, reply: factsSchema },
    run,
  );
  const planned = planWrite(request, facts.body);
  const plan = await admittedWrite(session, { planned, spec, base, facts: facts.body }, run);
  const began = performance.now();
  const { hooks } = session;
  const { uri: target, format, mode, method, partitionBy } = plan;
  const about = { target, format, mode };
  hooks.emit("write.started", { ...about, plan: { method, partitionBy, targetBytes: null } });
  const durationUs = (): number => Math.round((performance.now() - began) * 1000);
  try {
    const { written, fields, writeId, planFingerprint } = await writeFiles(session, { plan, source }, run);
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
  readonly base: string;
  readonly facts: DestinationFacts;
}

/** Asks the interceptors of `beforeWrite`. With the options that they leave, the write is planned again. */
async function admittedWrite(
  { hooks }: Session,
  { planned, spec, base, facts }: PlannedWrite,
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
  return planWrite(parseWrite({ ...answer.options, target }, base), facts);
}

interface FileWrite {
  readonly written: Written;
  readonly fields: readonly NestedField[];
  readonly writeId: string;
  readonly planFingerprint: Fingerprint | null;
}

async function writeFiles(
  session: Session,
  { plan, source }: { readonly plan: WritePlan; readonly source: WriteSource },
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
