import type { JsonObject, JsonValue } from "@deltafuse/config/canonical-json";
import { errorCode, isDeltaFuseError } from "@deltafuse/config/errors";

/** An error as events carry it: data only. */
export interface ErrorPayload {
  /** Code of a DeltaFuse error; else the `code` of a system error, else the name of the error. */
  readonly code: string;
  readonly message: string;
  /** Details of a DeltaFuse error as plain JSON; empty for any other. */
  readonly details: JsonObject;
}

const maxDepth = 8;

function toJsonValue(value: unknown, depth: number): JsonValue | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || depth >= maxDepth) return undefined;
  if (Array.isArray(value)) return value.map((item: unknown) => toJsonValue(item, depth + 1) ?? null);
  return toJsonObject(value, depth);
}

function toJsonObject(value: object, depth: number): JsonObject {
  const members: [string, JsonValue][] = [];
  for (const [name, member] of Object.entries(value)) {
    const json = toJsonValue(member, depth + 1);
    if (json !== undefined) members.push([name, json]);
  }
  return Object.fromEntries(members);
}

/** Turns anything that was thrown into data, judged by its shape. The error itself is neither kept nor changed. */
export function toErrorPayload(error: unknown): ErrorPayload {
  if (isDeltaFuseError(error)) {
    return { code: error.code, message: error.message, details: toJsonObject(error.details, 0) };
  }
  return { code: errorCode(error), message: error instanceof Error ? error.message : String(error), details: {} };
}
