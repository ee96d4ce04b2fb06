import { parseProfile } from "@deltafuse/config/profile";
import { withExecutionPolicy } from "@deltafuse/hooks/execution-policy";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { expect, it } from "vitest";
import { openSession } from "../src/session.ts";

it("the diagnostics of the profile hold where a call and the code around it say nothing", async () => {
  const hooks = recordingHooks();
  const diagnostics = { capture: { explain: true }, slowQuery: 0, batchSample: 1 };
  await using session = await openSession(parseProfile({ preset: "test", diagnostics }), { hooks });
  const count = (): readonly number[] =>
    (["plan.explained", "query.batch", "query.slow"] as const).map((name) => hooks.of(name).length);

  await session.sql("SELECT 1").rows();
  expect(count()).toEqual([1, 1, 1]);
  await withExecutionPolicy(hooks, { slowQuery: null, batchSample: 0 }, () => session.sql("SELECT 2").rows());
  expect(count()).toEqual([2, 1, 1]);
  await session.sql("SELECT 3", { diagnostics: { capture: { explain: false } } }).rows();
  expect(count()).toEqual([2, 2, 2]);
  await session.fromRows([{ n: 1 }]).rows();
  expect(count()).toEqual([3, 3, 3]);
});
