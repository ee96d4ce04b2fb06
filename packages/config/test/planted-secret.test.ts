import { inspect } from "node:util";
import { expect, it } from "vitest";
import { canonicalJson } from "../src/canonical-json.ts";
import { readEnv } from "../src/env.ts";
import { profileSections } from "../src/identity.ts";
import { parseProfile } from "../src/profile.ts";
import { resolved, thrownBy } from "./samples.ts";

const secret = "hunter2-planted";
const url = `//me:${secret}@host/lake?sig=${secret}`;

it.each([
  ["the value of a field that does not exist", { accessKey: secret }],
  ["a record in a field that takes none", { memory: { limit: { password: secret } } }],
  [
    "a URL that is no location",
    { sql: { policy: { paths: { read: [`lake:${url}`, `${url}/../..`, `https:${url}/..`] } } } },
  ],
  ["a URL for a name", { preset: `https:${url}`, catalog: { defaultCatalog: `https:${url}` } }],
  ["the value of a setting that does not exist", { settings: { "fs.s3a.secret.key": secret } }],
])("%s is not in an error", (_what, input) => {
  for (const fail of [() => parseProfile(input), () => readEnv({ DELTAFUSE_PROFILE_PATCH: JSON.stringify(input) })]) {
    const error = thrownBy(fail);
    expect(error).toMatchObject({ code: expect.stringMatching(/^CONFIG\.INVALID_/) });
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
  }
});

it("a JSON patch that cannot be read is not in an error", () => {
  const error = thrownBy(() => readEnv({ DELTAFUSE_PROFILE_PATCH: `{"key": "${secret}"` }));
  expect(inspect(error, { depth: 9 })).not.toContain(secret);
});

it("variables of other programs are not read", () => {
  const from = resolved({}, { env: { AWS_SECRET_ACCESS_KEY: secret, DELTAFUSE_BUILD_TOKEN: secret } });
  expect(canonicalJson(profileSections(from))).not.toContain(secret);
  expect(inspect(from, { depth: 9 })).not.toContain(secret);
});
