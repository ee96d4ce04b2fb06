import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { locationInvalid } from "./errors.ts";

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

function pathOfUrl(text: string): string {
  if (!URL.canParse(text)) throw locationInvalid(text, "it cannot be read as a URL");
  const url = new URL(text);
  if (url.protocol !== "file:") {
    throw locationInvalid(text, `only local files are read and written, not ${url.protocol}//`);
  }
  if (url.username !== "" || url.password !== "") throw locationInvalid(text, "a file URL has no user");
  if (url.search !== "" || text.includes("?")) throw locationInvalid(text, "a file URL has no query; write ? as %3F");
  if (url.hash !== "" || text.includes("#")) throw locationInvalid(text, "a file URL has no fragment; write # as %23");
  if (url.host !== "")
    throw locationInvalid(text, `it names the host ${url.host}; write file:/// and an absolute path`);
  if (/%2f|%00/i.test(url.pathname)) throw locationInvalid(text, "a part of the path holds %2F or %00");
  return fileURLToPath(url);
}

function expanded(text: string): string {
  return text === "~" || text.startsWith("~/") ? homedir() + text.slice(1) : text;
}

/**
 * The absolute path of a location, with a trailing `/` when the text has one.
 *
 * @param text - A path (absolute, relative to `base`, or below `~`), taken literally, or a `file://` URL.
 * @param base - Absolute path that relative ones start from.
 *
 * Throws `IO.LOCATION_INVALID`.
 */
export function absolutePath(text: string, base: string): string {
  if (text.trim() === "") throw locationInvalid(text, "it is empty");
  if (text.includes("\0")) throw locationInvalid(text, "it holds a zero character");
  const path = scheme.test(text) ? pathOfUrl(text) : resolve(base, expanded(text));
  return path.endsWith("/") || !text.endsWith("/") ? path : `${path}/`;
}

/**
 * The one URL of a location: `file://`, percent-encoded, without `.` and `..`; a trailing `/` means a folder.
 *
 * @param text - As {@link absolutePath}.
 * @param base - As {@link absolutePath}.
 *
 * Throws `IO.LOCATION_INVALID`.
 */
export function canonicalUri(text: string, base: string): string {
  return pathToFileURL(absolutePath(text, base)).href;
}
