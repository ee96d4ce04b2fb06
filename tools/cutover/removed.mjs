// Names that were removed: none of them may be written anywhere.
import { lineAt } from "./sources.mjs";

const literal = (name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** A symbol is an everyday word, so it counts where it is imported, linked to or written as code; all else counts anywhere. */
function patternsOf({ kind, name }) {
  const text = literal(name);
  if (kind !== "symbol") return [new RegExp(`(?<![\\w./@-])${text}(?![\\w/-]|\\.\\w)`, "g")];
  const own = `from\\s+["'](?:@deltafuse/|\\.)`;
  return [
    new RegExp(`(?<=import\\s[^;"']*)\\b${text}\\b(?=[^;"']*${own})`, "g"),
    new RegExp(`(?<=\\{@link(?:code|plain)? )${text}\\b`, "g"),
    new RegExp(`(?<=\`)${text}(?=\`|\\(\\)\`)`, "g"),
  ];
}

/** Where removed names are written. `removed`: `{kind, name, sentence}`, the sentence of the changeset that removed it. */
export function removedFindings(sources, removed) {
  return removed.flatMap((entry) => {
    const patterns = patternsOf(entry);
    return sources
      .filter(({ text }) => text.includes(entry.name))
      .flatMap(({ path, text }) => {
        const positions = patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), ({ index }) => index));
        return [...new Set(positions)].map((position) => ({
          gate: "removed names",
          path,
          line: lineAt(text, position),
          what: `${entry.name} was removed: ${entry.sentence}`,
        }));
      });
  });
}
