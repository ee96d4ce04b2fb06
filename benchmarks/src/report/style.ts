/** The look of the report: light, or dark where the reader's system is; colours that the colour-blind can tell apart. */
export const style: string = `
:root { --text: #1b1f24; --ground: #ffffff; --soft: #f2f4f7; --line: #d0d5dd;
  --deltafuse: #0072b2; --floor: #6b7280; --duckdb: #b26a00; --polars: #a0407c; --base: #00795a;
  --must: #c2410c; --aim: #00795a; --red: #c2410c; --good: #00795a; --doubt: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ef; --ground: #14171c; --soft: #1e232b; --line: #3a424e;
    --deltafuse: #56b4e9; --floor: #a3adbb; --duckdb: #e69f00; --polars: #dd8fc0; --base: #2fbf97;
    --must: #ff8a5c; --aim: #2fbf97; --red: #ff8a5c; --good: #2fbf97; --doubt: #e0b050; } }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
svg { --plot-background: var(--ground); max-width: 100%; height: auto; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; border-bottom: 1px solid var(--line); margin-top: 2.5rem; }
nav a { margin-right: .8rem; } a { color: var(--deltafuse); }
figure { margin: 1.2rem 0; } figcaption { font-weight: 600; }
.legend, details { font-size: .9rem; } .key { margin-right: 1rem; }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
.swatch.deltafuse { background: var(--deltafuse); } .swatch.floor { background: var(--floor); }
.swatch.duckdb { background: var(--duckdb); } .swatch.polars { background: var(--polars); }
.swatch.base { background: var(--base); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .6rem 0; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td { font-variant-numeric: tabular-nums; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; font-size: .8rem; }
ins { color: var(--good); text-decoration: none; } del { color: var(--red); text-decoration: none; }
.verdict { font-weight: 600; } .pass, .improved { color: var(--good); }
.wrong, .changed, .failed, .regression { color: var(--red); } .inconclusive, .unjudged { color: var(--doubt); }
.verdicts { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dd { margin: 0; }
`;
