import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import type { Contribution, SessionExtension } from "../src/extension.ts";
import { planInstall } from "../src/install-plan.ts";

const machine = { cores: 4, memoryBytes: 2 ** 33 };
const profile = parseProfile({ memory: { limit: "1GiB" } });

function extension(id: string, contribution: Contribution, requires: readonly string[] = []): SessionExtension {
  return { id, version: 1, requires, contribute: () => contribution };
}

function stepIds(...extensions: readonly SessionExtension[]): readonly string[] {
  return planInstall(profile, extensions, { machine }).steps.map((step) => `${step.phase} ${step.id}`);
}

describe("planInstall", () => {
  it("makes one spec from the resolved profile", () => {
    const { resolved, spec } = planInstall(profile, [], { machine });
    expect(spec.runtimeEnv).toEqual(resolved.runtimeEnv);
    expect(spec.runtimeEnv.memory).toEqual({ pool: "fair", limitBytes: 2 ** 30, topConsumers: 5 });
    expect(spec.catalog).toEqual({ default: "datafusion", schema: "public", viewSchema: "views", urlTables: false });
    expect(spec.sqlPolicy.name).toBe("write");
    expect(spec.settings).toContainEqual(["datafusion.execution.batch_size", "8192"]);
    expect(spec.settings.every(([key]) => !key.startsWith("datafusion.runtime."))).toBe(true);
  });

  it("orders steps by phase, then extension, then contribution", () => {
    const first = extension("first", {
      steps: [
        { id: "checks.contracts", phase: "schemas", spec: 1 },
        { id: "tables.register", phase: "catalogs", spec: 1 },
      ],
    });
    const second = extension("second", {
      steps: [
        { id: "providers.delta", phase: "filesystems", spec: 1 },
        { id: "views.register", phase: "schemas", spec: 1 },
      ],
    });
    expect(stepIds(first, second)).toEqual([
      "filesystems providers.delta",
      "catalogs tables.register",
      "schemas checks.contracts",
      "schemas views.register",
    ]);
  });

  it("moves a step behind those it names by prefix", () => {
    const steps = [
      { id: "checks.a", phase: "schemas", spec: 1, after: ["views.", "tables."] },
      { id: "views.a", phase: "schemas", spec: 1, after: ["tables."] },
      { id: "tables.a", phase: "schemas", spec: 1 },
      { id: "views.b", phase: "schemas", spec: 1 },
    ] as const;
    expect(stepIds(extension("e", { steps }))).toEqual([
      "schemas tables.a",
      "schemas views.a",
      "schemas views.b",
      "schemas checks.a",
    ]);
  });

  it("refuses steps that wait for each other", () => {
    const steps = [
      { id: "a", phase: "schemas", spec: 1, after: ["b"] },
      { id: "b", phase: "schemas", spec: 1, after: ["a"] },
    ] as const;
    expect(() => stepIds(extension("e", { steps }))).toThrow(
      expect.objectContaining({ code: "SESSION.STEP_CYCLE", details: { steps: ["a", "b"] } }),
    );
  });

  it("keeps a step that is declared twice with one spec, and refuses two specs", () => {
    const one = extension("one", { steps: [{ id: "s", phase: "schemas", spec: { a: 1, b: 2 } }] });
    const same = extension("two", { steps: [{ id: "s", phase: "schemas", spec: { b: 2, a: 1 } }] });
    const other = extension("two", { steps: [{ id: "s", phase: "schemas", spec: { a: 2 } }] });
    expect(stepIds(one, same)).toEqual(["schemas s"]);
    expect(() => stepIds(one, other)).toThrow(
      expect.objectContaining({
        code: "SESSION.EXTENSION_CONFLICT",
        details: { kind: "step", name: "s", extensions: ["one", "two"] },
      }),
    );
  });

  it("refuses an extension twice, without or in front of what it requires", () => {
    const base = extension("base", {});
    const upper = extension("upper", {}, ["base"]);
    expect(() => stepIds(base, base)).toThrow(expect.objectContaining({ code: "SESSION.EXTENSION_DUPLICATE" }));
    expect(() => stepIds(upper)).toThrow(
      expect.objectContaining({ details: { extension: "upper", requires: "base", problem: "missing" } }),
    );
    expect(() => stepIds(upper, base)).toThrow(
      expect.objectContaining({
        code: "SESSION.EXTENSION_ORDER",
        details: { extension: "upper", requires: "base", problem: "later" },
      }),
    );
    expect(stepIds(base, upper)).toEqual([]);
  });

  it("says which extension performs the statements of a module, and refuses two", () => {
    const one = extension("one", { modules: [{ name: "delta" }, { name: "delta" }] });
    const two = extension("two", { modules: [{ name: "datasets" }] });
    const { modules, spec } = planInstall(profile, [one, two], { machine });
    expect(modules).toEqual({ delta: "one", datasets: "two" });
    expect(spec.modules).toEqual([{ name: "delta" }, { name: "datasets" }]);
    expect(() => stepIds(one, extension("other", { modules: [{ name: "delta" }] }))).toThrow(
      expect.objectContaining({
        code: "SESSION.EXTENSION_CONFLICT",
        details: { kind: "module", name: "delta", extensions: ["one", "other"] },
      }),
    );
  });

  it("refuses a module that there is not, options that it has not, and a phase that there is not", () => {
    const refused = (contribution: Contribution): unknown => {
      try {
        return stepIds(extension("e", contribution));
      } catch (error) {
        return error;
      }
    };
    expect(refused({ modules: [{ name: "dleta" }] })).toMatchObject({
      code: "SESSION.RULE_UNKNOWN",
      details: { kind: "module", name: "dleta", nearest: "delta" },
    });
    expect(refused({ modules: [{ name: "something" }] })).toMatchObject({ details: { nearest: null } });
    expect(refused({ modules: [{ name: "delta", options: { a: 1 } }] })).toMatchObject({
      code: "SESSION.RULE_OPTIONS",
      details: { extension: "e", path: "modules.0.options" },
    });
    const step = JSON.parse('{ "id": "s", "phase": "someday", "spec": 1 }');
    expect(refused({ steps: [step] })).toMatchObject({
      code: "SESSION.RULE_OPTIONS",
      details: { extension: "e", path: "steps.0.phase" },
    });
  });

  it("hands defaults and requirements of extensions to the resolution", () => {
    const key = "datafusion.optimizer.max_passes";
    const wanting = extension("wanting", { defaults: { [key]: 5 } });
    const { resolved } = planInstall(profile, [wanting], { machine });
    expect(resolved.settings.get(key)).toMatchObject({ value: "5", source: "extension", path: "wanting" });
    const strict = extension("strict", { requirements: [{ key, value: 7, reason: "it counts on seven" }] });
    expect(() => planInstall(profile, [wanting, strict], { machine })).toThrow(
      expect.objectContaining({ code: "CONFIG.REQUIREMENT_UNMET" }),
    );
  });

  it("gives equal input equal hashes and other steps other ones", () => {
    const hash = (...extensions: readonly SessionExtension[]): string =>
      planInstall(profile, extensions, { machine }).specHash;
    const one = extension("one", { steps: [{ id: "s", phase: "schemas", spec: 1 }] });
    const two = extension("one", { steps: [{ id: "s", phase: "schemas", spec: 2 }] });
    expect(hash(one)).toBe(hash({ ...one }));
    expect(new Set([hash(), hash(one), hash(two)]).size).toBe(3);
  });

  it("keeps version and options of extensions for the session hash", () => {
    const { identities } = planInstall(profile, [extension("delta", { identity: { live: true } })], { machine });
    expect(identities).toEqual({ delta: { version: 1, identity: { live: true } } });
  });
});
