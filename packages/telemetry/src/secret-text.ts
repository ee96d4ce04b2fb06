import { isSecretKey, redactUrl, redactedText } from "@deltafuse/config/secret";

/** What counts as a secret in free text. */
export interface SecretTextRules {
  /** Whether a name is the name of a secret. */
  readonly isSecret: (name: string) => boolean;
  /** Query keys of URLs whose values stay. */
  readonly allowQueryKeys: readonly string[];
}

const suspicious = /:\/\/|=|bearer|AKIA|ASIA|eyJ|-----BEGIN/i;
const accessKeyId = /\b(?:AKIA|ASIA)[A-Z0-9]{16}/g;
const bearer = /\b(bearer)\s+[A-Za-z0-9._~+/=-]+/gi;
// Names and schemes start where a word starts, so that a long word is scanned once.
const jsonWebToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs;
const connectionPart = /\b(AccountKey|SharedAccessSignature)=[^;\s"']*/gi;
const assignment = /(?<![\w.-])([\w.-]+)=("[^"]*"|'[^']*'|[^\s,;&"'()[\]{}]+)/g;
const url = /(?<![A-Za-z0-9+.-])[A-Za-z0-9+.-]+:\/\/[^\s"'<>`|\\^{}]+/g;
const trailingPunctuation = /[.,;:!)]+$/;

const sqlLiteral = /(?<![\p{L}\p{N}_])'(?:[^']|'')*'(?![\p{L}\p{N}_])/gu;
const engineLiteral = /\b((?:Large)?(?:Utf8|Binary)(?:View)?)\("(?:[^"\\]|\\.)*"\)/g;

/** Whether a name is the name of a secret in records: config's list, connection strings, and `sas` and `bearer`. */
export function isSecretName(name: string): boolean {
  if (isSecretKey(name)) return true;
  const snake = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z0-9]+/g, "_");
  return /connection_string|(?:^|_)(?:sas|bearer)(?:_|$)/i.test(snake);
}

function cleanUrl(text: string, allowQueryKeys: readonly string[]): string {
  const head = /^[^A-Za-z]*/.exec(text)?.[0] ?? "";
  const tail = trailingPunctuation.exec(text)?.[0] ?? "";
  return head + redactUrl(text.slice(head.length, text.length - tail.length), { allowQueryKeys }) + tail;
}

/**
 * Replaces the secrets that free text shows by their form: access key ids, bearer tokens, JSON web tokens, private
 * keys, parts of connection strings, `name=value` with the name of a secret, userinfo and query values of URLs.
 */
export function withoutSecrets(text: string, rules: SecretTextRules): string {
  if (!suspicious.test(text)) return text;
  return text
    .replaceAll(privateKey, redactedText)
    .replaceAll(jsonWebToken, redactedText)
    .replaceAll(accessKeyId, redactedText)
    .replaceAll(bearer, `$1 ${redactedText}`)
    .replaceAll(connectionPart, `$1=${redactedText}`)
    .replaceAll(url, (found) => cleanUrl(found, rules.allowQueryKeys))
    .replaceAll(assignment, (found, name: string) => (rules.isSecret(name) ? `${name}=${redactedText}` : found));
}

/**
 * Replaces what an error message quotes from SQL text or from data: `'…'` becomes `'?'`, `Utf8("…")` becomes `Utf8(?)`.
 * Text in double quotes and backticks, where names stand, is kept.
 */
export function withoutLiterals(text: string): string {
  return text.replaceAll(engineLiteral, "$1(?)").replaceAll(sqlLiteral, "'?'");
}
