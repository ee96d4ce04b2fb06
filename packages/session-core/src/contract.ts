import * as z from "@deltafuse/config/zod";
import { expectedContract } from "./contract.generated.ts";
import { checkDocument } from "./document-check.ts";
import { contractMismatch } from "./session-errors.ts";

/** Versions of the engines inside the native extension. */
export interface EngineVersions {
  readonly datafusion: string;
  readonly arrow: string;
  readonly parquet: string;
  readonly objectStore: string;
  readonly delta: string;
}

/** What the native extension says about itself. */
export interface NativeContract {
  /** Changes with any change of the wire. */
  readonly contractVersion: number;
  /** Identity of the build. */
  readonly buildId: string;
  /** Rust target triple. */
  readonly target: string;
  readonly engine: EngineVersions;
  /** Names of what was built in, sorted. */
  readonly features: readonly string[];
  /** Modules whose statements an extension can perform, sorted. */
  readonly modules: readonly string[];
  readonly entrypoints: readonly { readonly name: string; readonly group: string }[];
  /** Every code that Rust can raise. */
  readonly errorCodes: readonly string[];
  /** Digest over the built-in functions. */
  readonly functionCatalogHash: string;
  /** Every setting of the engine, sorted. */
  readonly settingKeys: readonly string[];
}

const text = z.string();
const texts = z.array(text);

/** Shape of the versions of the engines. */
export const engineVersionsSchema: z.ZodMiniType<EngineVersions> = z.strictObject({
  datafusion: text,
  arrow: text,
  parquet: text,
  objectStore: text,
  delta: text,
});

const contractSchema: z.ZodMiniType<NativeContract> = z.strictObject({
  contractVersion: z.int(),
  buildId: text,
  target: text,
  engine: engineVersionsSchema,
  features: texts,
  modules: texts,
  entrypoints: z.array(z.strictObject({ name: text, group: text })),
  errorCodes: texts,
  functionCatalogHash: text,
  settingKeys: texts,
});

/**
 * Checks what a native extension says about itself against what this package was built for: the same contract version,
 * and every entrypoint and feature that is expected.
 *
 * @param document - Parsed JSON of `contract()`.
 * @param path - Where the extension was loaded from, for the error.
 *
 * Throws `SESSION.CONTRACT_MISMATCH` naming what is missing.
 */
export function checkNativeContract(document: unknown, path: string | null = null): NativeContract {
  const versioned = checkDocument(z.looseObject({ contractVersion: z.int() }), document);
  const actual = versioned.success ? versioned.data.contractVersion : null;
  const expected = expectedContract.contractVersion;
  if (actual !== expected) throw contractMismatch({ expected, actual, missing: [], path });
  const parsed = checkDocument(contractSchema, document);
  const missing = parsed.success ? missingParts(parsed.data) : parsed.error.issues.map(issueText);
  if (!parsed.success || missing.length > 0) throw contractMismatch({ expected, actual, missing, path });
  return parsed.data;
}

function issueText(issue: z.core.$ZodIssue): string {
  return `member ${issue.path.join(".")} (${issue.message})`;
}

function missingParts(contract: NativeContract): readonly string[] {
  const entrypoints = new Set(contract.entrypoints.map((entrypoint) => entrypoint.name));
  const features = new Set(contract.features);
  const modules = new Set(contract.modules);
  return [
    ...expectedContract.entrypoints.filter((name) => !entrypoints.has(name)).map((name) => `entrypoint ${name}`),
    ...expectedContract.features.filter((name) => !features.has(name)).map((name) => `feature ${name}`),
    ...expectedContract.modules.filter((name) => !modules.has(name)).map((name) => `module ${name}`),
  ];
}
