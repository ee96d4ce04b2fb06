import { lazyConstant } from "@deltafuse/config/lazy-constant";
import * as z from "@deltafuse/config/zod";
import { nestedFieldSchema } from "./field-schema.ts";
import type { NestedField } from "./field-type.ts";

/** What to read of the catalog. */
export interface InspectRequest {
  /** How deep: catalogs and schemas, tables with their kind, columns. Default: `["tables"]`; `[]` reads the epoch only. */
  readonly parts?: readonly ("schemata" | "tables" | "columns")[];
  /** Only this catalog. */
  readonly catalog?: string;
  /** Only this schema. */
  readonly schema?: string;
  /** Only this table. */
  readonly table?: string;
}

/** A table or view. */
export interface CatalogTable {
  readonly name: string;
  readonly kind: "base" | "view" | "temporary";
  /** With part `columns`. */
  readonly fields?: readonly NestedField[];
}

/** What is in the catalog, sorted by name. */
export interface CatalogTree {
  /** Changes of the catalog so far. */
  readonly epoch: number;
  readonly catalogs: readonly {
    readonly name: string;
    readonly schemas: readonly { readonly name: string; readonly tables: readonly CatalogTable[] }[];
  }[];
}

/** Shape of the catalog in replies of the native extension. */
export const catalogTreeSchema: () => z.ZodMiniType<CatalogTree> = lazyConstant(() => {
  const name = z.string();
  const table = z.strictObject({
    name,
    kind: z.enum(["base", "view", "temporary"]),
    fields: z.exactOptional(z.array(nestedFieldSchema)),
  });
  return z.strictObject({
    epoch: z.int(),
    catalogs: z.array(z.strictObject({ name, schemas: z.array(z.strictObject({ name, tables: z.array(table) })) })),
  });
});
