/** What the text of an option in a statement stands for. */
export type OptionKind = "text" | "flag" | "number";

/** The value of an option; a text that is no such value stays a text, which is refused later. */
export function optionValue(text: string, kind: OptionKind): string | number | boolean {
  const lower = text.toLowerCase();
  if (kind === "flag" && (lower === "true" || lower === "false")) return lower === "true";
  return kind === "number" && /^\d+$/.test(text) ? Number(text) : text;
}

/** The name of an option of a function: statements write it in snake case. */
export function optionName(snake: string): string {
  return snake.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
