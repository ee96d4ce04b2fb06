/** What stands where a secret was. */
export const redactedText = "[redacted]";

/** In lower case, without what separates words. */
const secretWords = [
  "secret",
  "token",
  "password",
  "passwd",
  "credential",
  "accesskey",
  "accountkey",
  "apikey",
  "privatekey",
  "saskey",
  "signature",
  "authorization",
  "cookie",
] as const;

/**
 * Whether a name is the name of a secret (`accessKey`, `x-api-key`, `AWS_SECRET_ACCESS_KEY`), however its words are
 * separated.
 *
 * @example
 * isSecretKey("awsSecretAccessKey"); // true
 * isSecretKey("region"); // false
 */
export function isSecretKey(name: string): boolean {
  const joined = name.replaceAll(/[-_\s.]+/g, "").toLowerCase();
  return secretWords.some((word) => joined.includes(word));
}

/**
 * Copies a record and replaces the values whose key is the name of a secret by `[redacted]`.
 *
 * @example
 * redactRecord({ region: "eu", apiKey: "k" }); // { region: "eu", apiKey: "[redacted]" }
 */
export function redactRecord<T>(record: Readonly<Record<string, T>>): Record<string, T | typeof redactedText> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, isSecretKey(key) ? redactedText : value]),
  );
}

/** Options of {@link redactUrl}. */
export interface RedactUrlOptions {
  /** Query keys whose values stay. Default: none. */
  readonly allowQueryKeys?: readonly string[];
}

function redactQuery(query: string, allowed: readonly string[]): string {
  return query
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals === -1) return pair;
      const key = pair.slice(0, equals);
      return allowed.includes(key) ? pair : `${key}=${redactedText}`;
    })
    .join("&");
}

/**
 * Removes the userinfo of a URL and replaces the values of its query, and of a fragment like one, by `[redacted]`; the keys
 * stay. A text that is not a URL comes back unchanged. Applying it twice changes nothing more.
 *
 * @example
 * redactUrl("https://me:pw@host/path?sig=abc"); // "https://host/path?sig=[redacted]"
 */
export function redactUrl(url: string, options: RedactUrlOptions = {}): string {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url);
  if (match === null) return url;
  const [, scheme = "", authority = "", path = "", query, fragment = ""] = match;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const search = query === undefined ? "" : `?${redactQuery(query, options.allowQueryKeys ?? [])}`;
  return `${scheme}${host}${path}${search}${redactQuery(fragment, options.allowQueryKeys ?? [])}`;
}
