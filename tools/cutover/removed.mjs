// Names that were removed: none of them may be written anywhere.
import { lineAt } from "./sources.mjs";

const literal = (name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** What the sentence of a removed name looks like. */
export const sentenceForm = "replace `a` with `b`";

/** Whether a sentence tells what to write instead. */
export const isReplacement = (sentence) => /^replace `[^`]+` with `[^`]+`/.test(sentence ?? "");

const own = `from\\s+["'](?:@deltafuse/|\\.)`;

/** Where an everyday word is the name of something of ours. */
const places = {
  symbol: (text) => [
    `(?<=import\\s[^;"']*)\\b${text}\\b(?=[^;"']*${own})`,
    `(?<=\\{@link(?:code|plain)? )${text}\\b`,
    `(?<=\`)${text}(?=\`|\\(\\)\`)`,
  ],
  recordKind: (text) => [
    `(?<=\\bdefineRecord\\(\\s*)"${text}"`,
    `(?<=\\bkinds: \\[[^\\]]*)"${text}"`,
    `(?<=\\brecord\\.kind [!=]== )"${text}"`,
  ],
  profileSection: (text) => [`(?<=\`)${text}(?=\`)`],
};

const anywhere = (text) => [`(?<![\\w./@-])${text}(?![\\w/-]|\\.\\w)`];

/** A symbol, a kind of record and a section are everyday words, so they count where they are named; all else counts anywhere. */
function patternsOf({ kind, name }) {
  const isSection = kind === "profileField" && !name.includes(".");
  const of = places[isSection ? "profileSection" : kind] ?? anywhere;
  return of(literal(name)).map((pattern) => new RegExp(pattern, "g"));
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
