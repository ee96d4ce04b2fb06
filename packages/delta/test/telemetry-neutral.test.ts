import { createHooks } from "@deltafuse/hooks/hooks";
import type { Session } from "@deltafuse/session-core/session";
import { createTelemetry, type TelemetryOptions } from "@deltafuse/telemetry/telemetry";
import { describe, expect, it } from "vitest";
import { writeTable } from "../src/write.ts";
import { openTestSession, rowsOf, testSite } from "./test-session.ts";

async function work(session: Session, location: string): Promise<unknown> {
  await writeTable(session, { location }, { source: { rows: [{ n: 1 }, { n: 2 }] }, mode: "append" });
  const rows = await rowsOf(session, { location });
  const digests: unknown[] = [];
  session.hooks.on("plan.compiled", ({ fingerprint, digests: found }) => void digests.push(fingerprint, found));
  const sums = await session.sql("SELECT sum(value) AS total FROM range(1000) WHERE value % 3 = 1").rows();
  return { rows, sums, digests, identity: session.identitySections };
}

describe("telemetry", () => {
  it("changes no result, no fingerprint and no plan", async () => {
    const sink = { name: "kept", write: () => undefined };
    const all: readonly TelemetryOptions[] = [{ exclude: ["plan", "execution"] }, { include: [] }, { sinks: [sink] }];
    const outcomes: unknown[] = [];
    for (const options of [undefined, {}, ...all]) {
      await using site = await testSite(
        options === undefined ? {} : { hooks: createHooks({ telemetry: createTelemetry(options) }) },
      );
      outcomes.push(await work(site.session, site.path("table")));
    }
    const [first, ...others] = outcomes;
    for (const outcome of others) expect(outcome).toEqual(first);
  });

  it("has no records of what a sink does with the engine", async () => {
    const written: string[] = [];
    await using archive = await openTestSession();
    const telemetry = createTelemetry({
      sinks: [
        {
          name: "engine",
          write: async (records) => {
            const { length } = await session.fromRows(records.map(({ kind }) => ({ kind }))).rows();
            await archive.sql("SELECT 1").rows();
            written.push(...records.map(({ kind }) => kind));
            expect(length).toBe(records.length);
          },
        },
      ],
    });
    await using session = await openTestSession({ hooks: createHooks({ telemetry }) });
    await session.sql("SELECT 1 AS one").rows();
    await telemetry.flush();
    await telemetry.flush();
    expect(written).toEqual(["session", "settings", "cache", "plan", "execution"]);
    expect(telemetry.recorder.snapshot().map(({ kind }) => kind)).toEqual(written);
    expect(telemetry.health().sinks).toMatchObject([{ written: 5, lost: 0, queued: 0 }]);
    await telemetry.close();
  });
});
