// What crosses the boundary to the native extension changes together with the version of the contract.
import { lineAt } from "./sources.mjs";
import { wireTypes } from "./surface.mjs";

/** Declarations of `native/wire.d.ts` that are not the committed ones although the version of the contract is. */
export function contractFindings(wireText, { committed, contractVersion }) {
  if (committed.contractVersion !== contractVersion) return [];
  const present = wireTypes(wireText);
  const told = (line, what) => ({
    gate: "contract",
    path: "native/wire.d.ts",
    line,
    what: `${what}, and contractVersion is still ${contractVersion}: raise it, then run node tools/cutover.mjs --update`,
  });
  const changed = [...present].flatMap(([name, { hash, position }]) =>
    committed.types[name] === hash ? [] : [told(lineAt(wireText, position), `${name} is not what it was`)],
  );
  const gone = Object.keys(committed.types).filter((name) => !present.has(name));
  return [...changed, ...gone.map((name) => told(1, `${name} is gone`))];
}
