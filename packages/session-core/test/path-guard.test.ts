import { mkdtempSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlPolicyPresets } from "@deltafuse/config/sql-policy";
import { afterAll, describe, expect, it } from "vitest";
import { checkPath, normalisePath } from "../src/path-guard.ts";
import vectors from "./path-vectors.json" with { type: "json" };

const root = realpathSync(mkdtempSync(join(tmpdir(), "path-guard-")));
mkdirSync(join(root, "data/deep"), { recursive: true });
mkdirSync(join(root, "database"));
writeFileSync(join(root, "secret.csv"), "a\n1\n");
symlinkSync(join(root, "data"), join(root, "link"));
symlinkSync(root, join(root, "data/up"));
symlinkSync(join(root, "secret.csv"), join(root, "data/report.csv"));
symlinkSync(join(root, "data/loop"), join(root, "data/loop"));

afterAll(() => rmSync(root, { recursive: true }));

function admitted(prefix: string, location: string): boolean {
  const policy = { ...sqlPolicyPresets.admin, name: "custom", paths: { read: [prefix], write: [] } };
  try {
    checkPath(location, policy, { access: "read", statementKind: "ddl" });
    return true;
  } catch (error) {
    expect(error).toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "path", statementKind: "ddl", policy: "custom", object: location },
    });
    return false;
  }
}

describe("normalisePath", () => {
  it("brings every spelling of a location into one form", () => {
    const seen = vectors.map(([location = ""]) => [location, normalisePath(location ?? "")]);
    expect(seen).toEqual(vectors);
  });

  it("takes relative paths from the working directory and follows symbolic links", () => {
    expect(normalisePath("some/file.csv")).toBe(join(process.cwd(), "some/file.csv"));
    expect(normalisePath(join(root, "link/deep/new.csv"))).toBe(join(root, "data/deep/new.csv"));
    expect(normalisePath(join(root, "data/report.csv"))).toBe(join(root, "secret.csv"));
    expect(normalisePath(join(root, "data/loop/x"))).toBeNull();
  });

  it("has no form for a parent of a symbolic link, which the system and a URL resolve differently", () => {
    expect(normalisePath(`${root}/link/../secret.csv`)).toBe(join(root, "secret.csv"));
    expect(normalisePath(`${root}/data/up/../x`)).toBeNull();
  });
});

describe("checkPath", () => {
  it("admits a prefix and what lies below it", () => {
    const data = join(root, "data");
    for (const location of [
      data,
      `${data}/`,
      `${data}/deep/x.csv`,
      `file://${data}/x`,
      `${root}/link/x`,
      `${data}/*.csv`,
    ]) {
      expect([location, admitted(data, location)]).toEqual([location, true]);
    }
    expect(admitted("s3://bucket/a", "S3://BUCKET/a/b.parquet")).toBe(true);
    expect(admitted("/", "/etc/passwd")).toBe(true);
  });

  it("refuses neighbours, ways out and what has no form", () => {
    const data = join(root, "data");
    for (const location of [
      `${root}/database/x.csv`,
      `${data}/../secret.csv`,
      `${data}/%2e%2e/secret.csv`,
      `${data}/..%2fsecret.csv`,
      `file://${data}/..\\secret.csv`,
      `${data}/report.csv`,
      `${data}/up/secret.csv`,
      `${data}/up/../x`,
      `${data}/*/../../secret.csv`,
      `${root}/d*/x.csv`,
      `s3:/${data}/x`,
      ` file://${root}/secret.csv`,
      `${data}\u0000/x`,
      `${root}/%2e%2e${data}/x`,
      `file:${data}/x`,
      "~/x",
    ]) {
      expect([location, admitted(data, location)]).toEqual([location, false]);
    }
    expect(admitted("s3://bucket/a", "s3://bucket/ab")).toBe(false);
    expect(admitted("s3://bucket/a", "gs://bucket/a")).toBe(false);
  });

  it("does not widen a prefix that has a wildcard", () => {
    expect(admitted(`${root}/d*/public`, `${root}/data/x`)).toBe(false);
  });

  it("allows every location where there is no list", () => {
    expect(() => checkPath("\u0000", sqlPolicyPresets.admin, { access: "write", statementKind: "copy" })).not.toThrow();
  });
});
