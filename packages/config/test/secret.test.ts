import { describe, expect, it } from "vitest";
import { isSecretKey, redactRecord, redactUrl } from "../src/secret.ts";

describe("isSecretKey", () => {
  it.each([
    "secret",
    "AWS_SECRET_ACCESS_KEY",
    "aws_access_key_id",
    "accessKey",
    "x-api-key",
    "X-Api-Key",
    "sessionToken",
    "dbPassword",
    "PASSWD",
    "azure_storage_account_key",
    "privateKey",
    "google_service_account_key",
    "sasKey",
    "X-Amz-Signature",
    "Authorization",
    "setCookie",
    "SASKey",
    "credentials",
    "apikey",
    "accesskeyid",
    "private.key",
    "google service account key",
  ])("knows %s", (name) => {
    expect(isSecretKey(name)).toBe(true);
  });

  it.each(["", "region", "endpoint", "key", "id", "aws_region", "bucket_name", "sort_key", "alias_key", "primary_key"])(
    "leaves %s",
    (name) => {
      expect(isSecretKey(name)).toBe(false);
    },
  );
});

describe("redactRecord", () => {
  it("replaces the values of secret keys and keeps the record it was given", () => {
    const record = { AWS_REGION: "eu", AWS_SECRET_ACCESS_KEY: "hunter2", retries: 3 };
    expect(redactRecord(record)).toEqual({ AWS_REGION: "eu", AWS_SECRET_ACCESS_KEY: "[redacted]", retries: 3 });
    expect(record.AWS_SECRET_ACCESS_KEY).toBe("hunter2");
  });
});

describe("redactUrl", () => {
  it.each([
    ["s3://bucket/a/b.parquet", "s3://bucket/a/b.parquet"],
    ["https://user:pw@host:8080/p?sig=abc&x=1#frag", "https://host:8080/p?sig=[redacted]&x=[redacted]#frag"],
    ["https://u:p@w@host/p", "https://host/p"],
    ["https://host?flag&sig=a=b", "https://host?flag&sig=[redacted]"],
    ["https://host/a@b", "https://host/a@b"],
    ["/plain/path?x=1", "/plain/path?x=1"],
    ["https://host/cb#access_token=abc&state=1", "https://host/cb#access_token=[redacted]&state=[redacted]"],
    ["", ""],
  ])("turns %s into %s", (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
    expect(redactUrl(redacted)).toBe(redacted);
  });

  it("keeps the values of allowed query keys", () => {
    const url = "https://host/p?versionId=7&sig=abc";
    expect(redactUrl(url, { allowQueryKeys: ["versionId"] })).toBe("https://host/p?versionId=7&sig=[redacted]");
  });
});
