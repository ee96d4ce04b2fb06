import { expect, it } from "vitest";
import { isSecretName } from "../src/secret-text.ts";

it("judges a name the same every time, also among many others and where it is long", () => {
  const long = "x".repeat(200);
  const names = ["password", "connectionString", "azure.sas", "region", `${long}Token`, long] as const;
  const wanted = [true, true, true, false, true, false];
  expect(names.map(isSecretName)).toEqual(wanted);
  for (let other = 0; other < 3000; other++) {
    expect(isSecretName(`setting_${other}`)).toBe(false);
    expect(isSecretName(`secret_${other}`)).toBe(true);
  }
  expect(names.map(isSecretName)).toEqual(wanted);
});
