import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { expect, it } from "vitest";
import { nativeSession } from "../src/native-session.ts";
import { openSession } from "../src/session.ts";

const often = parseProfile({ preset: "test", diagnostics: { sampleMetrics: 5 } });

/** Resolves when an event has come so often. */
function come(hooks: ReturnType<typeof recordingHooks>, event: "runtime.sampled" | "session.warning", times: number) {
  return new Promise<void>((resolve) => {
    const look = (): void => {
      if (hooks.of(event).length >= times) resolve();
    };
    hooks.on(event, look);
    look();
  });
}

it("the metrics of a session are read at its opening and again, until it is closed", async () => {
  const hooks = recordingHooks();
  const session = await openSession(often, { hooks });
  expect(hooks.names()).toEqual(["runtime.sampled", "cache.sampled", "session.step", "session.opened"]);
  expect(hooks.of("session.step")[0]).toMatchObject({ phase: "observability", step: "metrics.sample", status: "ok" });
  await come(hooks, "runtime.sampled", 4);
  expect(hooks.of("runtime.sampled").at(-1)).toMatchObject({ sessionId: session.id });
  await session.close();
  const told = hooks.names();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(hooks.names()).toEqual(told);
  expect(told.at(-1)).toBe("session.closed");
  expect(hooks.of("session.warning")).toEqual([]);
});

it("a reading that fails is a warning", async () => {
  const hooks = recordingHooks();
  const session = await openSession(often, { hooks });
  nativeSession(session).handle.close();
  await come(hooks, "session.warning", 1);
  expect(hooks.of("session.warning")[0]).toMatchObject({
    code: "NATIVE.CLOSED",
    message: expect.stringMatching(/^The metrics could not be read: /) as string,
  });
  await session.close();
});

it("nothing is read where the profile says nothing", async () => {
  const hooks = recordingHooks();
  await using _session = await openSession(parseProfile({ preset: "test" }), { hooks });
  expect(hooks.names()).toEqual(["session.opened"]);
});
