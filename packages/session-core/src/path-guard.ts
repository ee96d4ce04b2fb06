import { realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { StatementKind } from "./sql-statement.ts";
import { policyViolation } from "./statement-errors.ts";

/** What a statement does with a location. */
export interface PathUse {
  readonly access: "read" | "write";
  readonly statementKind: StatementKind;
}

/**
 * Checks a location of a statement against the prefixes of a SQL policy: it must be one of them or lie below one, after
 * both were brought into their normal form. A path is looked at twice, as a reader that decodes percent escapes and as one
 * that takes it literally sees it. A list that is null allows every location.
 *
 * Throws `SQL.POLICY_VIOLATION` with violation `path`.
 */
export function checkPath(location: string, policy: SqlPolicy, { access, statementKind }: PathUse): void {
  const prefixes = policy.paths[access];
  if (prefixes === null) return;
  const allowed = prefixes.map(normalForm);
  const isInside = (path: string | null): boolean => path !== null && allowed.some((prefix) => isBelow(path, prefix));
  if (isInside(normalisePath(location)) && isInside(literalForm(location))) return;
  throw policyViolation({ violation: "path", statementKind, policy: policy.name, object: location });
}

/**
 * The one spelling of a location, for comparing it with prefixes: absolute, scheme and host in lower case, percent escapes
 * decoded once, `.` and `..` resolved, everything from the first segment with a wildcard left out, and of a local path the
 * real path of its longest part that exists.
 *
 * Null for a location that could mean something else to whoever opens it: control characters, space at an end, a user, a
 * URL without host, a home directory (`~`), `..` behind a symbolic link or behind a wildcard.
 *
 * @returns An absolute path of this machine, or `scheme://host/path`.
 *
 * @example
 * normalisePath("S3://Bucket/a/./b/%2e%2e/c/*.parquet"); // "s3://bucket/a/c"
 */
export function normalisePath(location: string): string | null {
  const parts = pathParts(location);
  return parts === null ? null : withoutGlob(parts);
}

/** The same for a reader that takes what is no URL as it stands. */
function literalForm(location: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return normalisePath(location);
  return hasControl(location) ? null : withoutGlob({ root: "", segments: splitPath(absolute(location)) });
}

/** Everything from the first segment with a wildcard is left out. */
function withoutGlob(parts: PathParts): string | null {
  const cut = parts.segments.findIndex((segment) => /[*?[#]/.test(segment));
  if (cut === -1) return joined(parts);
  if (parts.segments.slice(cut).includes("..")) return null;
  return joined({ ...parts, segments: parts.segments.slice(0, cut) });
}

/** A prefix is taken as it stands: cutting it at a wildcard would widen it. */
function normalForm(prefix: string): string | null {
  const parts = pathParts(prefix);
  return parts === null ? null : joined(parts);
}

interface PathParts {
  /** `scheme://host`; empty for this machine. */
  readonly root: string;
  readonly segments: readonly string[];
}

function pathParts(location: string): PathParts | null {
  if (location === "" || location !== location.trim() || /^~(?:\/|$)/.test(location)) return null;
  const url = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(location);
  const parts = url === null ? localParts(location) : urlParts(url);
  return parts === null || parts.segments.some(hasControl) ? null : parts;
}

function localParts(path: string): PathParts {
  return { root: "", segments: segmentsOf(absolute(path)) };
}

/** Not resolve(): it would take `..` away before symbolic links are looked at. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `${resolve(".")}/${path}`;
}

function urlParts([, scheme = "", given = ""]: RegExpExecArray): PathParts | null {
  const name = scheme.toLowerCase();
  // Schemes whose parser takes a backslash for a slash.
  const rest = ["file", "http", "https"].includes(name) ? given.replaceAll("\\", "/") : given;
  const [, authority = "", path = ""] = /^(?:\/\/([^/?#]*))?(.*)$/s.exec(rest) ?? [];
  const host = authority.toLowerCase();
  if (hasControl(rest) || hasUser(name, host)) return null;
  const segments = segmentsOf(path);
  if (name === "file" && ["", "localhost"].includes(host)) return { root: "", segments };
  return host === "" ? null : { root: `${name}://${host}`, segments };
}

/** Azure writes its container where others have a user. */
function hasUser(scheme: string, host: string): boolean {
  const isAzure = scheme === "abfs" || scheme === "abfss";
  return host.includes("@") && !(isAzure && /^[^:@]+@[^@]+$/.test(host));
}

/** An escaped slash is a slash to a reader that decodes first, so it separates here too. */
function segmentsOf(path: string): readonly string[] {
  return splitPath(decodeOnce(path));
}

function splitPath(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}

function decodeOnce(text: string): string {
  return text.replaceAll(/(?:%[89a-f][0-9a-f])+|%[0-7][0-9a-f]/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for.
  return /[\u0000-\u001f\u007f]/.test(text);
}

function joined({ root, segments }: PathParts): string | null {
  const resolved = withoutParents(segments);
  if (root !== "") return [root, ...resolved].join("/");
  const lexical = realPath(`/${resolved.join("/")}`);
  return segments.includes("..") && physicalPath(segments) !== lexical ? null : lexical;
}

function withoutParents(segments: readonly string[]): readonly string[] {
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === "..") resolved.pop();
    else resolved.push(segment);
  }
  return resolved;
}

/** The path as the operating system walks it: `..` behind a symbolic link is the parent of what it points to. */
function physicalPath(segments: readonly string[]): string | null {
  let path: string | null = "/";
  for (const segment of segments) {
    if (path === null) return null;
    path = segment === ".." ? dirname(path) : realPath(join(path, segment));
  }
  return path;
}

/** Null when a part of the path exists and cannot be read. */
function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path || !isMissing(error)) return null;
    const real = realPath(parent);
    return real === null ? null : join(real, path.slice(parent.length));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function isBelow(path: string, prefix: string | null): boolean {
  if (prefix === null) return false;
  return path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}
