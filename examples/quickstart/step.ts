/** Prints a heading, does the work, and prints how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  console.log(`\n${title}`);
  const began = performance.now();
  const result = await work();
  console.log(`  (${((performance.now() - began) / 1000).toFixed(2)} s)`);
  return result;
}

/** Prints text below a heading. */
export function print(text: string): void {
  console.log(text.replaceAll(/^/gm, "  "));
}

/** A number with separators. */
export function count(number = 0): string {
  return number.toLocaleString("en");
}

/** What an error says, with its code. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)}: ${error.message}` : String(error);
}
