import { describe, expect, it } from "vitest";
import { type ExecutionPolicy, resolveExecutionPolicy, withExecutionPolicy } from "../src/execution-policy.ts";
import { createHooks } from "../src/hooks.ts";

describe("resolveExecutionPolicy", () => {
  it("takes each member from the first that has it", () => {
    const none = { plans: false, explain: false, optimizerTrace: "off", slowQueryMs: null, batchSample: 0 };
    expect(resolveExecutionPolicy()).toEqual(none);
    expect(resolveExecutionPolicy(undefined, {})).toEqual(none);
    expect(
      resolveExecutionPolicy({ batchSample: 0, capture: {} }, undefined, {
        capture: { explain: true, optimizerTrace: "changed" },
        slowQuery: "1s500ms",
        batchSample: 3,
      }),
    ).toEqual({ plans: false, explain: true, optimizerTrace: "changed", slowQueryMs: 1500, batchSample: 0 });
    expect(resolveExecutionPolicy({ slowQuery: 7 }, { slowQuery: null })).toEqual({ ...none, slowQueryMs: 7 });
  });

  it.each([
    { policy: { capture: { lineage: true } }, path: "capture.lineage" },
    { policy: { capture: { explain: "yes" } }, path: "capture.explain" },
    { policy: { capture: { plans: "yes" } }, path: "capture.plans" },
    { policy: { capture: { optimizerTrace: true } }, path: "capture.optimizerTrace" },
    { policy: { batchSample: 0.5 }, path: "batchSample" },
    { policy: { slow: 1 }, path: "slow" },
  ])("refuses $path", ({ policy, path }) => {
    expect(() => resolveExecutionPolicy(policy as unknown as ExecutionPolicy)).toThrow(
      expect.objectContaining({ code: "HOOKS.INVALID_POLICY", details: expect.objectContaining({ path }) }),
    );
  });
});

describe("withExecutionPolicy", () => {
  it("puts the inner policy in front of the outer one, across await, and ends", async () => {
    const hooks = createHooks();
    const [outer, inner] = [{ slowQuery: "1s" }, { batchSample: 2 }];
    const policies = await withExecutionPolicy(hooks, outer, () =>
      withExecutionPolicy(hooks.child({}), inner, async () => {
        await new Promise(setImmediate);
        return hooks.ambient.current().policies;
      }),
    );
    expect(policies).toEqual([inner, outer]);
    expect(hooks.ambient.current().policies).toEqual([]);
  });
});
