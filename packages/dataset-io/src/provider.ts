import type { AbortableOptions } from "@deltafuse/config/abort";
import { defineSlot, type SessionSlot } from "@deltafuse/session-core/extension";
import type { NestedField } from "@deltafuse/session-core/field-type";
import type { NativeHandle } from "@deltafuse/session-core/native-binding";
import type { Session } from "@deltafuse/session-core/session";
import type * as z from "@deltafuse/config/zod";
import { formatUnavailable, providerDuplicate } from "./errors.ts";
import { fileFormats } from "./file-format.ts";

/** What was found at a location, before its format is known. */
export interface LocationListing {
  readonly uri: string;
  /** Whether there is a Delta log in it. */
  readonly isDelta: boolean;
  readonly directory: boolean;
  readonly fileCount: number;
  readonly bytes: number;
  /** Distinct endings of the files. */
  readonly extensions: readonly string[];
}

/** A table that is prepared and not published yet. */
export interface PreparedTable {
  /** The native provider. Who takes the table closes it. */
  readonly handle: NativeHandle;
  /** Columns as they are read, partition columns last. */
  readonly fields: readonly NestedField[];
  /** Columns as they are stored. */
  readonly storedFields: readonly NestedField[];
  readonly partitionColumns: readonly string[];
  /** Version that was prepared; only for formats that have versions. */
  readonly version?: number;
  /** Whether the table stays at that version. Default: false, it is live. */
  readonly pinned?: boolean;
}

/** What a provider prepares. */
export interface ProviderRequest<O> {
  /** Canonical URL of the table. */
  readonly uri: string;
  /** The location's `provider` options, parsed by the provider's own shape. */
  readonly options: O;
}

/** Brings a table format into a session. The formats of files need none. */
export interface DatasetProvider<O> {
  /** Name of the format, for example `delta`. */
  readonly format: string;
  /** Strict shape of the `provider` options of a location. */
  readonly options: z.core.$ZodType<O>;
  /** Whether a location without a declared format is of this one. Default: never. */
  claims?(listing: LocationListing): boolean;
  /** Makes the table. Publishes nothing. */
  prepare(session: Session, request: ProviderRequest<O>, options: AbortableOptions): Promise<PreparedTable>;
}

const slot: SessionSlot<Map<string, DatasetProvider<unknown>>> = defineSlot(
  "dataset providers",
  (providers) => new Map(providers),
);

/**
 * Adds a provider to a session, for good. Throws `IO.PROVIDER_DUPLICATE` when its format has one already.
 */
export function registerDatasetProvider<O>(session: Session, provider: DatasetProvider<O>): void {
  const providers = session.slot(slot) ?? new Map<string, DatasetProvider<unknown>>();
  if (providers.has(provider.format)) throw providerDuplicate(provider.format);
  if (session.slot(slot) === undefined) session.setSlot(slot, providers);
  providers.set(provider.format, provider);
}

/** The provider of a format. Throws `IO.FORMAT_UNAVAILABLE`. */
export function datasetProvider(session: Session, format: string): DatasetProvider<unknown> {
  const providers = session.slot(slot);
  const provider = providers?.get(format);
  if (provider === undefined) throw formatUnavailable(format, [...fileFormats, ...(providers?.keys() ?? [])]);
  return provider;
}

/** The provider that claims a location; undefined when none does. */
export function claimingProvider(session: Session, listing: LocationListing): DatasetProvider<unknown> | undefined {
  return [...(session.slot(slot)?.values() ?? [])].find((provider) => provider.claims?.(listing) === true);
}
