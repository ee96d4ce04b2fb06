import { decimalValue } from "../src/values.ts";
import { temporalCases } from "./temporal-cases.ts";
import type { ValueCase } from "./temporal-cases.ts";

/** Bytes and offsets of texts. */
export function textParts(texts: readonly string[]): { readonly offsets: Int32Array; readonly values: Uint8Array } {
  const bytes = texts.map((text) => Buffer.from(text));
  const offsets = Int32Array.from([
    0,
    ...bytes.map((_, row) => bytes.slice(0, row + 1).reduce((sum, one) => sum + one.length, 0)),
  ]);
  return { offsets, values: new Uint8Array(Buffer.concat(bytes)) };
}

/** Little-endian words of two's complement integers. */
function wordsOf(values: readonly bigint[], bits: number): Uint32Array {
  const perValue = bits / 32;
  return Uint32Array.from({ length: values.length * perValue }, (_, index) => {
    const value = values[Math.floor(index / perValue)] ?? 0n;
    return Number(BigInt.asUintN(32, value >> BigInt(32 * (index % perValue))));
  });
}

function decimals(values: readonly bigint[], bits: number): { readonly values: Uint32Array } {
  return { values: wordsOf(values, bits) };
}

const big = 99_999_999_999_999_999_999_999_999_999_999_999_999n;
const wideDecimal = 10n ** 49n + 7n;
const views = Buffer.alloc(48);
views.writeInt32LE(5, 0);
views.write("short", 4);
views.writeInt32LE(24, 16);
views.writeInt32LE(0, 28);
views.writeInt32LE(2, 32);
views.write("ż", 36);

const texts = ["", "plain", "a text longer than a slice needs"];
const mixed = ["żółć", "plain", "日本語"];
const bytes = textParts(["\u0001\u0002", "", "abc"]);
const uuid = "00112233-4455-6677-8899-aabbccddeeff";

/** One case per type and storage. */
export const valueCases: readonly ValueCase[] = [
  { name: "bool", type: "bool", parts: { values: Uint8Array.of(0b101) }, lossless: [true, false, true] },
  { name: "int8", type: "int8", parts: { values: Int8Array.of(-128, 0, 127) }, lossless: [-128, 0, 127] },
  { name: "int16", type: "int16", parts: { values: Int16Array.of(-32768, 0, 32767) }, lossless: [-32768, 0, 32767] },
  {
    name: "int32",
    type: "int32",
    parts: { values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
    lossless: [-(2 ** 31), 0, 2 ** 31 - 1],
  },
  {
    name: "int64",
    type: "int64",
    parts: { values: BigInt64Array.of(-9_007_199_254_740_991n, -1n, 9_007_199_254_740_991n, 2n ** 32n, 2n ** 31n) },
    lossless: [-9_007_199_254_740_991n, -1n, 9_007_199_254_740_991n, 2n ** 32n, 2n ** 31n],
    plain: [-9_007_199_254_740_991, -1, 9_007_199_254_740_991, 2 ** 32, 2 ** 31],
    json: ["-9007199254740991", "-1", "9007199254740991", "4294967296", "2147483648"],
  },
  { name: "uint8", type: "uint8", parts: { values: Uint8Array.of(0, 255) }, lossless: [0, 255] },
  { name: "uint16", type: "uint16", parts: { values: Uint16Array.of(0, 65535) }, lossless: [0, 65535] },
  { name: "uint32", type: "uint32", parts: { values: Uint32Array.of(0, 2 ** 32 - 1) }, lossless: [0, 2 ** 32 - 1] },
  {
    name: "uint64",
    type: "uint64",
    parts: { values: BigUint64Array.of(0n, 2n ** 31n, 9_007_199_254_740_991n) },
    lossless: [0n, 2n ** 31n, 9_007_199_254_740_991n],
    plain: [0, 2 ** 31, 9_007_199_254_740_991],
    json: ["0", "2147483648", "9007199254740991"],
  },
  {
    name: "float16",
    type: "float16",
    parts: { values: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x3555) },
    lossless: [1, -2, 2 ** -24, Infinity, -Infinity, NaN, 0.333251953125],
    json: [1, -2, 2 ** -24, "Infinity", "-Infinity", "NaN", 0.333251953125],
  },
  {
    name: "float32",
    type: "float32",
    parts: { values: Float32Array.of(0.25, -Infinity, NaN) },
    lossless: [0.25, -Infinity, NaN],
    json: [0.25, "-Infinity", "NaN"],
  },
  {
    name: "float64",
    type: "float64",
    parts: { values: Float64Array.of(-1.1, 1e300, Infinity, NaN, -0) },
    lossless: [-1.1, 1e300, Infinity, NaN, -0],
    json: [-1.1, 1e300, "Infinity", "NaN", -0],
  },
  { name: "utf8, ascii", type: "utf8", parts: textParts(texts), lossless: texts },
  { name: "utf8, mixed", type: "utf8", parts: textParts(mixed), lossless: mixed },
  {
    name: "large_utf8",
    type: "large_utf8",
    parts: { values: textParts(mixed).values, offsets: BigInt64Array.from(textParts(mixed).offsets, BigInt) },
    lossless: mixed,
  },
  { name: "utf8_view as utf8", type: "utf8_view", storage: "utf8", parts: textParts(texts), lossless: texts },
  {
    name: "utf8_view",
    type: "utf8_view",
    parts: { values: new Uint8Array(views), variadic: [new Uint8Array(Buffer.from("longer than twelve bytes"))] },
    lossless: ["short", "longer than twelve bytes", "ż"],
  },
  {
    name: "binary",
    type: "binary",
    parts: bytes,
    lossless: [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(97, 98, 99)],
    json: ["AQI=", "", "YWJj"],
  },
  {
    name: "large_binary",
    type: "large_binary",
    parts: { values: bytes.values, offsets: BigInt64Array.from(bytes.offsets, BigInt) },
    lossless: [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(97, 98, 99)],
    json: ["AQI=", "", "YWJj"],
  },
  {
    name: "binary_view",
    type: "binary_view",
    parts: { values: new Uint8Array(views), variadic: [new Uint8Array(Buffer.from("longer than twelve bytes"))] },
    lossless: ["short", "longer than twelve bytes", "ż"].map((text) => new Uint8Array(Buffer.from(text))),
    json: ["short", "longer than twelve bytes", "ż"].map((text) => Buffer.from(text).toString("base64")),
  },
  {
    name: "fixed_size_binary",
    type: "fixed_size_binary(2)",
    parts: { values: Uint8Array.of(1, 2, 255, 0) },
    lossless: [Uint8Array.of(1, 2), Uint8Array.of(255, 0)],
    json: ["AQI=", "/wA="],
  },
  {
    name: "arrow.uuid",
    type: "fixed_size_binary(16)",
    metadata: { "ARROW:extension:name": "arrow.uuid" },
    parts: { values: new Uint8Array(Buffer.from(uuid.replaceAll("-", ""), "hex")) },
    lossless: [new Uint8Array(Buffer.from(uuid.replaceAll("-", ""), "hex"))],
    plain: [uuid],
  },
  {
    name: "another extension",
    type: "utf8",
    metadata: { "ARROW:extension:name": "arrow.json" },
    parts: textParts(["{}"]),
    lossless: ["{}"],
  },
  ...temporalCases,
  {
    name: "decimal128(15,2)",
    type: "decimal128(15,2)",
    parts: decimals([1250n, -5n, 0n, 999_999_999_999_999n, -4_294_967_296n], 128),
    lossless: [1250n, -5n, 0n, 999_999_999_999_999n, -4_294_967_296n].map((value) => decimalValue(value, 15, 2)),
    plain: ["12.50", "-0.05", "0.00", "9999999999999.99", "-42949672.96"],
    numbers: [12.5, -0.05, 0, 9_999_999_999_999.99, -42_949_672.96],
  },
  {
    name: "decimal128(38,10)",
    type: "decimal128(38,10)",
    parts: decimals([big, -big, 10_000_000_001n, -(2n ** 63n)], 128),
    lossless: [big, -big, 10_000_000_001n, -(2n ** 63n)].map((value) => decimalValue(value, 38, 10)),
    plain: [
      "9999999999999999999999999999.9999999999",
      "-9999999999999999999999999999.9999999999",
      "1.0000000001",
      "-922337203.6854775808",
    ],
    numbers: [1e28, -1e28, 1.0000000001, -922_337_203.6854776],
  },
  {
    name: "decimal128(38,30)",
    type: "decimal128(38,30)",
    parts: decimals([1n, -(10n ** 30n)], 128),
    lossless: [decimalValue(1n, 38, 30), decimalValue(-(10n ** 30n), 38, 30)],
    plain: ["0.000000000000000000000000000001", "-1.000000000000000000000000000000"],
    numbers: [1e-30, -1],
  },
  {
    name: "decimal128(5,0) and (5,-2)",
    type: "decimal128(5,-2)",
    parts: decimals([12n, -3n], 128),
    lossless: [decimalValue(12n, 5, -2), decimalValue(-3n, 5, -2)],
    plain: ["1200", "-300"],
    numbers: [1200, -300],
  },
  {
    name: "decimal64 as decimal128",
    type: "decimal64(10,1)",
    storage: "decimal128(10,1)",
    parts: decimals([-15n], 128),
    lossless: [decimalValue(-15n, 10, 1)],
    plain: ["-1.5"],
    numbers: [-1.5],
  },
  {
    name: "decimal32",
    type: "decimal32(9,2)",
    parts: decimals([-15n, 100n], 32),
    lossless: [decimalValue(-15n, 9, 2), decimalValue(100n, 9, 2)],
    plain: ["-0.15", "1.00"],
    numbers: [-0.15, 1],
  },
  {
    name: "decimal256",
    type: "decimal256(50,1)",
    parts: decimals([wideDecimal, -wideDecimal], 256),
    lossless: [decimalValue(wideDecimal, 50, 1), decimalValue(-wideDecimal, 50, 1)],
    plain: [
      "1000000000000000000000000000000000000000000000000.7",
      "-1000000000000000000000000000000000000000000000000.7",
    ],
    numbers: [1e48, -1e48],
  },
  {
    name: "decimal256 as text",
    type: "decimal256(50,1)",
    storage: "utf8",
    parts: textParts(["1000000000000000000000000000000000000000000000000.7", "-0.1"]),
    lossless: [decimalValue(wideDecimal, 50, 1), decimalValue(-1n, 50, 1)],
    plain: ["1000000000000000000000000000000000000000000000000.7", "-0.1"],
    numbers: [1e48, -0.1],
  },
  {
    name: "run_end_encoded as its values",
    type: "run_end_encoded<int32,utf8>",
    storage: "utf8",
    parts: textParts(texts),
    lossless: texts,
  },
  { name: "null", type: "null", parts: {}, lossless: [null, null] },
];
