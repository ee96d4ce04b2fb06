import { disagreement, firstDifference } from "./answers.ts";
import type { Outcome } from "./child-process.ts";
import type { Digest, DigestCells } from "./digest.ts";
import type { ByEntrant } from "./entrant.ts";

/** Whether an entrant found the right result. */
export type Correctness =
  | { readonly kind: "right" }
  /** Nothing to compare with. */
  | { readonly kind: "unchecked" }
  | { readonly kind: "wrong"; readonly why: string };

/** What is known of the results of a workload. */
export interface Findings {
  /** What every process of an entrant said. */
  readonly outcomes: ByEntrant<readonly Outcome[]>;
  /** The committed digest; null without one. */
  readonly baseline: Pick<Digest, "rows" | "sha256"> | null;
  /** The official answer; null without one. */
  readonly official: DigestCells | null;
  /** The peer without which the floor is not believed; null where it is. */
  readonly confirmedBy: string | null;
}

/** Whether DeltaFuse or the floor is wrong, which ends a run. */
export function isWrong(found: ByEntrant<Correctness>): boolean {
  return ["deltafuse", "floor"].some((name) => found[name]?.kind === "wrong");
}

const authorities = ["floor", "deltafuse", "duckdb"] as const;

interface Told {
  readonly digest: Digest | null;
  readonly answers: readonly string[];
}

function toldBy(outcomes: readonly Outcome[]): Told | null {
  const measured = outcomes.flatMap((outcome) => (outcome.kind === "measured" ? [outcome] : []));
  if (measured.length === 0) return null;
  const digest = measured.find((outcome) => outcome.digest !== null)?.digest ?? null;
  return { digest, answers: [...new Set(measured.map(({ answer }) => answer.join("\n")))] };
}

/** Compares with one that is taken for right. */
function against(reference: Told, told: Told): Correctness {
  const other = told.answers.find((answer) => !reference.answers.includes(answer));
  if (other !== undefined)
    return { kind: "wrong", why: `it found ${other} instead of ${reference.answers.join(" or ")}` };
  if (reference.digest === null || told.digest === null) return { kind: "right" };
  const why = disagreement(reference.digest, told.digest);
  return why === null ? { kind: "right" } : { kind: "wrong", why };
}

function againstOfficial(official: DigestCells, { digest }: Told): Correctness | null {
  if (digest?.cells === null || digest === null) return null;
  const first = firstDifference(official, digest.cells);
  if (first === null) return { kind: "right" };
  return { kind: "wrong", why: `row ${first.row}, ${first.column}: ${first.found} instead of ${first.wanted}` };
}

/** One process must find what the others of the same entrant found. */
function steady({ answers }: Told): Correctness | null {
  return answers.length <= 1 ? null : { kind: "wrong", why: `it found ${answers.join(" and then ")}` };
}

function committed({ baseline }: Findings, { digest }: Told): Correctness | null {
  if (baseline === null || digest === null) return null;
  const same = baseline.sha256 === digest.sha256 && baseline.rows === digest.rows;
  if (same) return null;
  const why = `${digest.rows} rows ${digest.sha256.slice(0, 12)} instead of the committed ${baseline.rows} rows ${baseline.sha256.slice(0, 12)}`;
  return { kind: "wrong", why };
}

/**
 * Who of the entrants found the right result. The official answer counts first, then the floor, then what is committed.
 * Without any of them DeltaFuse and DuckDB must agree; where a peer has to confirm the floor, both of them must.
 */
export function correctnessOf(findings: Findings): ByEntrant<Correctness> {
  const told = new Map<string, Told>();
  for (const [name, outcomes] of Object.entries(findings.outcomes)) {
    const one = toldBy(outcomes);
    if (one !== null) told.set(name, one);
  }
  const authority = authorities.find((name) => told.has(name));
  const reference = authority === undefined ? undefined : told.get(authority);
  const judged = [...told].map(([name, one]) => [name, correctness(findings, { name, one, reference })] as const);
  const result: Record<string, Correctness> = Object.fromEntries(judged);
  if (isDecided(findings)) return result;
  if (told.size === 1 && result["deltafuse"]?.kind === "right") result["deltafuse"] = { kind: "unchecked" };
  // Who is contradicted where nothing else decides has a doubtful result, which is no better than wrong.
  const doubt = doubtOf(findings, { authority, result });
  if (doubt === null) return result;
  for (const name of ["deltafuse", "floor"]) if (result[name]?.kind === "right") result[name] = doubt;
  return result;
}

const isDecided = ({ baseline, official }: Findings): boolean => baseline !== null || official !== null;

function correctness(
  findings: Findings,
  { name, one, reference }: { readonly name: string; readonly one: Told; readonly reference: Told | undefined },
): Correctness {
  const official = findings.official === null ? null : againstOfficial(findings.official, one);
  const isOurs = name === "deltafuse" || name === "floor" || name === "base";
  const fixed = steady(one) ?? official ?? (isOurs ? committed(findings, one) : null);
  if (fixed !== null) return fixed;
  return reference === undefined ? { kind: "unchecked" } : against(reference, one);
}

/** What is to be said of DeltaFuse and the floor when the peer that has to confirm them contradicts. */
function doubtOf(
  { confirmedBy }: Findings,
  { authority, result }: { readonly authority: string | undefined; readonly result: ByEntrant<Correctness> },
): Correctness | null {
  const name = authority === "deltafuse" ? "duckdb" : confirmedBy;
  const peer = name === null ? undefined : result[name];
  return peer?.kind === "wrong"
    ? { kind: "wrong", why: `${name} contradicts and nothing else decides: ${peer.why}` }
    : null;
}
