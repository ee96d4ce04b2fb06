import { describe, expect, it } from "vitest";
import { encodeJsonLine } from "../src/json-lines.ts";
import {
  deltaMutationRecord,
  findingRecord,
  planRecord,
  planRuleRecord,
  sessionRecord,
  settingsRecord,
  writeRecord,
} from "../src/record-kinds.ts";
import { createRedactor } from "../src/redactor.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { memorySink } from "../src/testing.ts";
import { fullBodies, minimalBodies } from "./sample-bodies.ts";

const redactor = createRedactor();
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----";

const texts: readonly [string, string][] = [
  ["s3://user:hunter2@bucket/key", "s3://bucket/key"],
  [
    "read https://h/x.parquet?X-Amz-Signature=hunter2&versionId=7, then stop.",
    "read https://h/x.parquet?X-Amz-Signature=[redacted]&versionId=7, then stop.",
  ],
  ["(abfss://c@a.dfs.core.windows.net/p?sig=hunter2)", "(abfss://a.dfs.core.windows.net/p?sig=[redacted])"],
  ["1.s3://u:hunter2@b/k", "1.s3://b/k"],
  ["key AKIAIOSFODNN7EXAMPLE", "key [redacted]"],
  ["ASIAIOSFODNN7EXAMPLE:", "[redacted]:"],
  ["Authorization: Bearer abc.def-123==", "Authorization: Bearer [redacted]"],
  ["token=Bearer hunter2", "token=[redacted] [redacted]"],
  [`the token ${jwt} expired`, "the token [redacted] expired"],
  [`before ${pem} after`, "before [redacted] after"],
  ["-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]"],
  [
    "DefaultEndpointsProtocol=https;AccountKey=hunter2==;x=1",
    "DefaultEndpointsProtocol=https;AccountKey=[redacted];x=1",
  ],
  ["SharedAccessSignature=sv=1&sig=hunter2", "SharedAccessSignature=[redacted]"],
  ["aws_secret_access_key=hunter2 region=eu", "aws_secret_access_key=[redacted] region=eu"],
  ["password='hunter2 x'", "password=[redacted]"],
  ["a = b, c <= d, unexpected token: FROM", "a = b, c <= d, unexpected token: FROM"],
  ["lone \uD800 half", "lone \uFFFD half"],
  ['{"token":"hunter2","region":"eu"}', '{"token":[redacted],"region":"eu"}'],
  ["{ 'api-key' : 'hunter2', n: 1 }", "{ 'api-key' : [redacted], n: 1 }"],
  ['{\\"apiKey\\":[\\"hunter2\\"]}', '{\\"apiKey\\":[redacted]}'],
  ['"\\"secret\\": \\"hunter2\\""', '"\\"secret\\": [redacted]"'],
  ["OPTIONS ('aws.secret_access_key' 'hunter2', 'x' 'y')", "OPTIONS ('aws.secret_access_key' [redacted], 'x' 'y')"],
  ["https://h/cb#access_token=hunter2", "https://h/cb#access_token=[redacted]"],
];

describe("text", () => {
  it.each(texts)("turns %j into %j", (text, clean) => {
    expect(redactor.text(text)).toBe(clean);
  });

  it.each(texts)("leaves the result of %j alone", (_text, clean) => {
    expect(redactor.text(clean)).toBe(clean);
  });

  it("cuts to 8192 characters with the number of those that are gone", () => {
    const clean = redactor.text("ä".repeat(10_000));
    expect(clean).toBe(`${"ä".repeat(8183)}…[+1817]`);
    expect(redactor.text(clean)).toBe(clean);
  });

  it("is idempotent on random mixtures of its patterns", () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const pieces = [
      ...texts.map(([text]) => text),
      "=",
      "'",
      '"',
      " ",
      "&",
      "?",
      "://",
      "Bearer ",
      "sig=",
      ";",
      "x",
      "[",
      "…[+9]",
      "\\",
      ":",
      "'token'",
      '"api_key"',
      '{"secret":',
    ];
    for (let round = 0; round < 3000; round += 1) {
      const filler = round % 100 === 0 ? "y".repeat(random(9000)) : "";
      const text = filler + Array.from({ length: random(12) }, () => pieces[random(pieces.length)] ?? "").join("");
      const clean = redactor.message(text);
      expect(redactor.message(clean)).toBe(clean);
    }
  });

  it("takes a long text without patterns in linear time", () => {
    const clean = redactor.text(`=${"abc-".repeat(500_000)}`);
    expect(clean.length).toBeLessThanOrEqual(8192);
  });
});

describe("message", () => {
  it.each([
    ["Cannot cast string 'hunter2' to value of Int64 type", "Cannot cast string '?' to value of Int64 type"],
    ["found: 'it''s hunter2' at Line: 1", "found: '?' at Line: 1"],
    ['Utf8("hunter2") and Utf8View("a\\"hunter2") = Int64(5)', "Utf8(?) and Utf8View(?) = Int64(5)"],
    ['Invalid input syntax for type interval: "hunter2"', 'Invalid input syntax for type interval: "?"'],
    ['it returned the text "a\\"hunter2", which does', 'it returned the text "?", which does'],
    [`column "id" of the users' table can't be read`, `column "id" of the users' table can't be read`],
  ])("turns %j into %j", (text, clean) => {
    expect(redactor.message(text)).toBe(clean);
    expect(redactor.message(clean)).toBe(clean);
  });
});

describe("names", () => {
  it.each([
    "accessKey",
    "x-api-key",
    "AZURE_STORAGE_SAS_TOKEN",
    "connectionString",
    "sas",
    "proxy_bearer",
    "token_count",
  ])("%s is the name of a secret", (name) => expect(redactor.isSecret(name)).toBe(true));

  it.each(["region", "sasquatch", "keys", "forbearer"])("%s is not", (name) => {
    expect(redactor.isSecret(name)).toBe(false);
  });

  it("follows the policy", () => {
    const strict = createRedactor({ keys: ["region"], allowKeys: ["token_count"], allowQueryKeys: [] });
    expect(strict.entries({ region: "eu", token_count: "3", user: "u" })).toEqual({
      region: "[redacted]",
      token_count: "3",
      user: "u",
    });
    expect(strict.json('{"token_count":3,"tokens":3}')).toBe('{"token_count":3,"tokens":"[redacted]"}');
    expect(strict.text("s3://b/k?versionId=1")).toBe("s3://b/k?versionId=[redacted]");
  });
});

describe("json", () => {
  it("redacts by name at every depth and keeps the digits of long integers", () => {
    const text = '{"a":[{"api_key":{"x":1},"url":"s3://u:p@b"}],"n":18446744073709551615,"password":null}';
    const clean = '{"a":[{"api_key":"[redacted]","url":"s3://b"}],"n":18446744073709551615,"password":null}';
    expect(redactor.json(text)).toBe(clean);
    expect(redactor.json(clean)).toBe(clean);
  });

  it("cuts lists at 200, members at 500 and depth at 8, and leaves very long text out", () => {
    const list = JSON.stringify(Array.from({ length: 300 }, (_, index) => index));
    expect(JSON.parse(redactor.json(list))).toHaveLength(200);
    const members = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${1000 + index}`, 0]));
    expect(Object.keys(JSON.parse(redactor.json(JSON.stringify(members))) as object)).toHaveLength(500);
    expect(redactor.json('{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}')).toBe(
      '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":"…"}}}}}}}}',
    );
    const long = JSON.stringify(Array.from({ length: 20 }, () => "x".repeat(8000)));
    expect(redactor.json(long)).toBe('{"omittedCharacters":160061}');
  });
});

describe("records", () => {
  const planted = "hunter2";
  const url = `s3://user:${planted}@bucket/t?X-Amz-Signature=${planted}`;

  it("carry no planted secret, in memory, in sinks, or in hashes", async () => {
    const sink = memorySink();
    const telemetry = createTelemetry({ validate: "throw", sinks: [sink] });
    const context = { label: `password=${planted}`, tags: { apiKey: planted, at: url } };
    telemetry.record(
      sessionRecord,
      {
        ...minimalBodies.session,
        profileJson: `{"stores":[{"secretAccessKey":"${planted}","url":"${url}"}]}`,
        steps: [{ phase: "p", step: "s", status: "failed", durationUs: 1, message: `cannot open ${url}` }],
        errorMessage: `Cast '${planted}' failed at ${url}`,
      },
      context,
    );
    telemetry.record(settingsRecord, {
      settingsHash: "aa",
      entries: [{ key: "x.access_key", value: planted, requested: planted, source: "profile", applied: true }],
    });
    telemetry.record(planRecord, { ...minimalBodies.plan, errorMessage: `found: '${planted}' at Line: 1` });
    telemetry.record(writeRecord, { ...minimalBodies.write, target: url, optionsJson: `{"token":"${planted}"}` });
    telemetry.record(deltaMutationRecord, {
      ...minimalBodies["delta.mutation"],
      tableUri: url,
      commitMetadata: { password: planted, note: `Bearer ${planted}` },
      tableProperties: { url },
      metricsJson: `{"credential":"${planted}"}`,
    });
    telemetry.record(findingRecord, { ...minimalBodies.finding, message: url, detailsJson: `{"sas":"${planted}"}` });
    await telemetry.flush();
    expect(sink.records).toHaveLength(6);
    const lines = sink.records.map((record) => encodeJsonLine(record));
    expect(lines.filter((line) => line.includes(planted))).toEqual([]);
  });

  it("hash the same whatever the secret is", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    for (const secret of ["hunter2", "hunter3"]) {
      telemetry.record(writeRecord, { ...minimalBodies.write, optionsJson: `{"token":"${secret}"}` });
    }
    expect(new Set(telemetry.recorder.snapshot().map(({ contentHash }) => contentHash)).size).toBe(1);
  });

  it("hold SQL and plans as far as the policy says so", () => {
    const body = { ...minimalBodies.plan, sqlText: "SELECT ?" };
    expect(createRedactor().body(planRecord, body)["sqlText"]).toBe("SELECT ?");
    expect(createRedactor({ sql: "none" }).body(planRecord, body)["sqlText"]).toBeNull();
    const rule = fullBodies["plan.rule"];
    expect(createRedactor().body(planRuleRecord, rule)["planText"]).toBeNull();
    expect(createRedactor({ plans: "raw" }).body(planRuleRecord, rule)["planText"]).toBe("TableScan: flights");
  });

  it("are redacted once and for all", () => {
    const body = redactor.body(findingRecord, {
      ...minimalBodies.finding,
      message: url,
      detailsJson: `{"k":"${url}"}`,
    });
    expect(redactor.body(findingRecord, body)).toEqual(body);
  });
});
