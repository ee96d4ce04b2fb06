import type { JsonValue } from "@deltafuse/config/canonical-json";
import { readOptions } from "@deltafuse/dataset-io/option-shape";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import * as z from "@deltafuse/config/zod";
import { refuseOptions } from "./option-refusal.ts";

/** How a change is committed. */
export interface CommitOptions extends ProgressOptions {
  /** Commits as exactly this version + 1, or rejects with `DELTA.VERSION_MISMATCH {expected, actual}`. */
  readonly expectedVersion?: number;
  /** Kept in the commit. Keys of the log format and keys that start with `deltafuse.` are reserved. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** The commit's own text. */
  readonly userMetadata?: string;
  /** How often the commit is tried again when other writers were first and nothing conflicts. Default: 15. */
  readonly maxCommitRetries?: number;
}

/** What the engine takes of {@link CommitOptions}. */
export type CommitRequest = Omit<CommitOptions, keyof ProgressOptions>;

/** Shapes of the members of {@link CommitOptions}, for the strict shapes of specs. */
export const commitMembers: {
  readonly expectedVersion: z.ZodMiniExactOptional<z.ZodMiniNumberFormat>;
  readonly metadata: z.ZodMiniExactOptional<z.ZodMiniRecord<z.ZodMiniString, z.ZodMiniType<JsonValue>>>;
  readonly userMetadata: z.ZodMiniExactOptional<z.ZodMiniString>;
  readonly maxCommitRetries: z.ZodMiniExactOptional<z.ZodMiniNumberFormat>;
} = {
  expectedVersion: z.exactOptional(z.int().check(z.gte(0))),
  metadata: z.exactOptional(z.record(z.string(), z.json())),
  userMetadata: z.exactOptional(z.string()),
  maxCommitRetries: z.exactOptional(z.int().check(z.gte(0))),
};

const commitSchema: z.ZodMiniType<CommitRequest> = z.strictObject(commitMembers);

/** Reads options that are those of a commit and nothing else. Throws `DELTA.INVALID_SPEC`. */
export function readCommit(value: unknown): CommitRequest {
  return readOptions(commitSchema, value, refuseOptions);
}

/** The commit part of a spec. */
export function commitRequest(spec: CommitRequest): CommitRequest {
  const { expectedVersion, metadata, userMetadata, maxCommitRetries } = spec;
  return {
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
    ...(maxCommitRetries === undefined ? {} : { maxCommitRetries }),
  };
}

/** The metadata of a commit as events carry it. */
export function commitMetadata({ metadata, userMetadata }: CommitRequest): Readonly<Record<string, string>> | null {
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => {
    return [key, typeof value === "string" ? value : JSON.stringify(value)] as const;
  });
  const all = Object.fromEntries(entries);
  if (userMetadata !== undefined) return { ...all, userMetadata };
  return entries.length === 0 ? null : all;
}
