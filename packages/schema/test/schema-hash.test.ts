import { readFileSync } from "node:fs";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { parseTypeText } from "@deltafuse/session-core/type-text";
import { describe, expect, it } from "vitest";
import { schemaHash, schemaIdentityHash } from "../src/schema-hash.ts";

interface Vector {
  readonly id: string;
  readonly fields: readonly NestedField[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly schemaHash: string;
  readonly schemaIdentityHash: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("golden/schema-hash.json", import.meta.url), "utf8"),
) as readonly Vector[];

function field(text: string, name = "a"): NestedField {
  return { name, type: parseTypeText(text), nullable: true };
}

describe("schema hashes", () => {
  it.each(vectors)("agree with the shared vector: $id", ({ fields, metadata, ...expected }) => {
    expect({ schemaHash: schemaHash(fields), schemaIdentityHash: schemaIdentityHash(fields, metadata) }).toEqual({
      schemaHash: expected.schemaHash,
      schemaIdentityHash: expected.schemaIdentityHash,
    });
  });

  it.each([
    ["utf8", "utf8_view"],
    ["utf8", "dictionary<int32,large_utf8>"],
    ["list<binary>", "large_list_view<binary_view>"],
  ])("of %s and %s differ in the identity alone", (left, right) => {
    expect(schemaHash([field(left)])).toBe(schemaHash([field(right)]));
    expect(schemaIdentityHash([field(left)])).not.toBe(schemaIdentityHash([field(right)]));
  });

  it("do not see the name of a list's child, the identity does", () => {
    const item: NestedField = { name: "element", type: { type: "utf8" }, nullable: true };
    const renamed: NestedField = { name: "a", type: { type: "list", item }, nullable: true };
    expect(schemaHash([renamed])).toBe(schemaHash([field("list<utf8>")]));
    expect(schemaIdentityHash([renamed])).not.toBe(schemaIdentityHash([field("list<utf8>")]));
  });

  it("see the order of columns", () => {
    const [a, b] = [field("int64", "a"), field("int64", "b")];
    expect(schemaHash([a, b])).not.toBe(schemaHash([b, a]));
    expect(schemaIdentityHash([a, b])).not.toBe(schemaIdentityHash([b, a]));
  });
});
