import { isSecretKey, redactUrl, redactedText } from "./secret.ts";

/** What counts as a secret in free text. */
export interface SecretTextOptions {
  /** Whether a name is the name of a secret. Default: {@link isSecretKey}. */
  readonly isSecret?: (name: string) => boolean;
  /** Query keys of URLs whose values stay. Default: none. */
  readonly allowQueryKeys?: readonly string[];
}

const suspicious = /:\/\/|=|["']\s*:|["']\s+\\*["']|bearer|AKIA|ASIA|eyJ|-----BEGIN/i;
const accessKeyId = /\b(?:AKIA|ASIA)[A-Z0-9]{16}/g;
const bearer = /\b(bearer)\s+[A-Za-z0-9._~+/=-]+/gi;
// Names and schemes start where a word starts, so that a long word is scanned once.
const jsonWebToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs;
const connectionPart = /\b(AccountKey|SharedAccessSignature)=[^;\s"']*/gi;
const assignment = /(?<![\w.-])([\w.-]+)=("[^"]*"|'[^']*'|[^\s,;&"'()[\]{}]+)/g;
// `"name": value` of JSON and of objects that are shown, `'name' 'value'` of SQL; also where the quotes are escaped.
const member =
  /(?<!\\)((\\*["'])[\w.-]+\2(?:\s*:\s*|\s*=>?\s*|\s+(?=\\*["'])))(?:\\+"[^"\\]*(?:\\+")?|"(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^\]]*\]?|\{[^}]*\}?|[^\s,;}\])]+)/g;
const url = /(?<![A-Za-z0-9+.-])[A-Za-z0-9+.-]+:\/\/[^\s"'<>`|\\^{}]+/g;
const trailingPunctuation = /[.,;:!)]+$/;

/** The name in the quotes with which a member begins. */
function nameIn(head: string): string {
  return /[\w.-]+/.exec(head)?.[0] ?? "";
}

function cleanUrl(text: string, allowQueryKeys: readonly string[]): string {
  const head = /^[^A-Za-z]*/.exec(text)?.[0] ?? "";
  const tail = trailingPunctuation.exec(text)?.[0] ?? "";
  return head + redactUrl(text.slice(head.length, text.length - tail.length), { allowQueryKeys }) + tail;
}

/**
 * Replaces the secrets that free text shows by their form: access key ids, bearer tokens, JSON web tokens, private
 * keys, parts of connection strings, `name=value`, `"name": value` and `'name' 'value'` with the name of a secret, userinfo
 * and query values of URLs.
 *
 * @example
 * redactText("cannot open s3://me:pw@bucket/t?sig=abc with password=pw");
 * // "cannot open s3://bucket/t?sig=[redacted] with password=[redacted]"
 */
export function redactText(text: string, options: SecretTextOptions = {}): string {
  if (!suspicious.test(text)) return text;
  const { isSecret = isSecretKey, allowQueryKeys = [] } = options;
  return text
    .replaceAll(privateKey, redactedText)
    .replaceAll(jsonWebToken, redactedText)
    .replaceAll(accessKeyId, redactedText)
    .replaceAll(bearer, `$1 ${redactedText}`)
    .replaceAll(connectionPart, `$1=${redactedText}`)
    .replaceAll(url, (found) => cleanUrl(found, allowQueryKeys))
    .replaceAll(assignment, (found, name: string) => (isSecret(name) ? `${name}=${redactedText}` : found))
    .replaceAll(member, (found, head: string) => (isSecret(nameIn(head)) ? `${head}${redactedText}` : found));
}
