/** One column of a text table. */
export interface TextColumn {
  readonly name: string;
  /** Numbers stand at the right edge. */
  readonly align: "left" | "right";
}

/** Options of {@link renderTextTable}. */
export interface TextTableOptions {
  /** Widest cell in terminal columns; what is longer ends in `…`. Default: 40. */
  readonly maxCellWidth?: number;
}

const wide =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/u;
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;
const plain = /^[\x20-\x7e]*$/;
const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);
const control = /[\p{Cc}\u2028\u2029]/gu;

function characterWidth(character: string): number {
  if (wide.test(character)) return 2;
  return zeroWidth.test(character) ? 0 : 1;
}

function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Control characters as escapes, so that one row stays one line. */
function visible(text: string): string {
  return text.replace(control, (character) => shortEscapes.get(character) ?? codeEscape(character));
}

function codeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function shortened(text: string, limit: number): string {
  if (textWidth(text) <= limit) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > limit - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function padded(text: string, width: number, align: TextColumn["align"]): string {
  const space = " ".repeat(width - textWidth(text));
  return align === "right" ? space + text : text + space;
}

/**
 * Draws rows as a table of text with a frame. The text ends without a line break.
 *
 * @param columns - Names and alignment.
 * @param rows - Cells by column; null is drawn as NULL.
 */
export function renderTextTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly (string | null)[])[],
  options: TextTableOptions = {},
): string {
  const limit = Math.max(1, options.maxCellWidth ?? 40);
  const cell = (text: string | null | undefined): string => shortened(visible(text ?? "NULL"), limit);
  const heads = columns.map((column) => cell(column.name));
  const cells = rows.map((row) => columns.map((_, index) => cell(row[index])));
  const widths = heads.map((head, index) =>
    cells.reduce((width, row) => Math.max(width, textWidth(row[index] ?? "")), textWidth(head)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, index) => padded(text, widths[index] ?? 0, columns[index]?.align ?? "left")).join(" | ")} |`;
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  return [rule, line(heads), rule, ...cells.map(line), ...(cells.length > 0 ? [rule] : [])].join("\n");
}
