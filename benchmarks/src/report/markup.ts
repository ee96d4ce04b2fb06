/** Text as it may stand in HTML, in attributes too. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** An `id` for a heading. */
export function anchor(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** A number with three significant digits, `-` for none. */
export function figureOf(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A cell: text, or markup that is taken as it is. */
export type Cell = string | { readonly html: string };

const cellText = (cell: Cell): string => (typeof cell === "string" ? escaped(cell) : cell.html);

/** A table; its caption says what it holds. */
export function table(caption: string, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = headings.map((heading) => `<th scope="col">${escaped(heading)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cellText(cell)}</td>`).join("")}</tr>`).join("\n");
  return `<div class="scroll"><table><caption>${escaped(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Something that is unfolded when it is wanted, without a script. */
export function folded(summary: string, content: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n${content}\n</details>`;
}

/** A part of the page; empty when it has no content. */
export function section(title: string, content: readonly string[]): string {
  const text = content.filter((part) => part !== "").join("\n");
  if (text === "") return "";
  return `<section id="${anchor(title)}"><h2>${escaped(title)}</h2>\n${text}\n</section>`;
}

/** A verdict with its colour and its name. */
export function verdictMark(verdict: string): Cell {
  return { html: `<span class="verdict ${escaped(verdict)}">${escaped(verdict)}</span>` };
}
