import { formatTypeText, parseTypeText } from "@deltafuse/session-core/type-text";
import { describe, expect, it } from "vitest";
import { storageType } from "../src/argument-storage.ts";

describe("storageType", () => {
  it.each([
    ["utf8", "utf8"],
    ["large_utf8", "large_utf8"],
    ["utf8_view", "utf8"],
    ["binary_view", "binary"],
    ["decimal32(9,2)", "decimal128(9,2)"],
    ["decimal64(18,2)", "decimal128(18,2)"],
    ["decimal256(38,2)", "decimal128(38,2)"],
    ["decimal256(39,2)", "utf8"],
    ["run_end_encoded<int32,utf8_view>", "utf8"],
    ["list_view<utf8_view!>", "list<utf8!>"],
    ["large_list_view<decimal32(9,2)>", "large_list<decimal128(9,2)>"],
    ["fixed_size_list<utf8_view,2>", "fixed_size_list<utf8,2>"],
    ["struct<a: utf8_view, b: int8!>", "struct<a: utf8, b: int8!>"],
    ["map<utf8_view,list_view<int8>>", "map<utf8,list<int8>>"],
    ["dictionary<int32,utf8_view>", "dictionary<int32,utf8>"],
    ["dense_union<a: utf8_view>", "dense_union<a: utf8>"],
  ])("of %s is %s", (type, storage) => {
    expect(formatTypeText(storageType(parseTypeText(type)))).toBe(storage);
  });
});
