import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { FieldType, NestedField } from "@deltafuse/session-core/field-type";
import { typeFamily } from "@deltafuse/session-core/type-text";

/** Metadata that holds the identity hash itself. */
const identityKey = "deltafuse.schema.identity_hash";

function document(type: FieldType): CanonicalValue {
  return blindCast<CanonicalValue, "a type is plain data">(type);
}

/**
 * Hash of what the columns are: names, type families and nullability in column order. Layout (`utf8_view`, dictionaries),
 * names of list and map children, and metadata do not matter.
 */
export function schemaHash(fields: readonly NestedField[]): Fingerprint {
  return fingerprint("schema", 1, {
    fields: fields.map(({ name, type, nullable }) => ({ name, type: document(typeFamily(type)), nullable })),
  });
}

/**
 * Hash of everything a schema says: exact types, names of children, metadata.
 *
 * @param fields - The columns.
 * @param metadata - Metadata of the schema. Default: none. Its `deltafuse.schema.identity_hash` is left out.
 */
export function schemaIdentityHash(
  fields: readonly NestedField[],
  metadata: Readonly<Record<string, string>> = {},
): Fingerprint {
  const { [identityKey]: _, ...own } = metadata;
  return fingerprint("schema_identity", 1, {
    fields: fields.map((field) => {
      return { name: field.name, type: document(field.type), nullable: field.nullable, metadata: field.metadata ?? {} };
    }),
    metadata: own,
  });
}
