import { describe, expect, it } from "vitest";
import { lockedPackages } from "../native/lock-file.mjs";

const entry = (name: string, version: string, dependencies: readonly string[] = []): string =>
  [
    "[[package]]",
    `name = "${name}"`,
    `version = "${version}"`,
    ...(dependencies.length === 0 ? [] : ["dependencies = [", ...dependencies.map((one) => ` "${one}",`), "]"]),
    "",
  ].join("\n");

const lock = (...entries: readonly string[]): string => `version = 4\n\n${entries.join("\n")}`;

const used = [
  entry("engine", "0.1.0", ["shared 2.0.0", "leaf"]),
  entry("leaf", "1.0.0", ["leaf-macros"]),
  entry("leaf-macros", "1.0.0"),
  entry("shared", "2.0.0"),
];

describe("lockedPackages", () => {
  it("follows dependencies, and versions where one name has several", () => {
    const all = lock(...used, entry("shared", "1.0.0"), entry("other", "1.0.0", ["shared 1.0.0"]));
    expect(lockedPackages(all, ["engine"])).toEqual(used.map((one) => one.replace("[[package]]\n", "").trim()));
  });

  it("does not change when a package changes that is not used", () => {
    const before = lockedPackages(lock(...used, entry("other", "1.0.0")), ["engine"]);
    expect(lockedPackages(lock(...used, entry("other", "2.0.0", ["leaf"])), ["engine"])).toEqual(before);
  });

  it("refuses a name that is not there", () => {
    expect(() => lockedPackages(lock(...used), ["binding"])).toThrow("Cargo.lock has no package binding");
  });
});
