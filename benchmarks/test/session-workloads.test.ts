import { describe, expect, it } from "vitest";
import { blindCast } from "@deltafuse/config/casts";
import { readBaselines } from "../src/baseline.ts";
import type { Engine } from "../src/contestant.ts";
import { judgementsOf } from "../src/judgement.ts";
import { folders } from "../src/place.ts";
import type { RoundRecord } from "../src/round.ts";
import type { Metrics, Workload, WorkloadContext } from "../src/workload.ts";
import { workloads } from "../src/workload-list.ts";

function workloadOf(id: string): Workload {
  const found = workloads.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no workload ${id}.`);
  return found;
}

/** How the committed promises of a workload judge five rounds of DeltaFuse with these metrics. */
function verdictsOf(id: string, metrics: Metrics): readonly string[] {
  const outcome = {
    kind: "measured",
    samples: [metrics],
    answer: [],
    digest: null,
    counters: null,
    plan: null,
  } as const;
  const deltafuse = {
    outcomes: new Map([[id, outcome]]),
    settings: null,
    session: null,
    maxRssMiB: null,
    majorFaults: 0,
    noise: [],
    wallMs: 0,
  };
  const records = [0, 1, 2, 3, 4].map((round): RoundRecord => ({
    group: "",
    round,
    attempt: 0,
    order: [],
    calibrations: null,
    disturbance: null,
    processes: { deltafuse },
  }));
  const about = { records, profile: "release", correctness: new Map(), baselines: {}, isNoisy: () => false } as const;
  const { ceilings } = readBaselines(folders.baselines, "none");
  return judgementsOf(about, ceilings, [workloadOf(id)]).map(({ verdict }) => verdict);
}

describe("opening one more session", () => {
  it("is done twenty times in a run, and each is closed before the next", async () => {
    const told: string[] = [];
    const close = () => Promise.resolve(void told.push("closed"));
    const client = () => Promise.resolve(void told.push("opened")).then(() => ({ close }));
    const engine = blindCast<Engine, "a peer is asked for a connection only">({ client });
    const context = blindCast<WorkloadContext, "the workload looks at its name only">({ contestant: "duckdb" });
    const run = await workloadOf("small.open").setup(engine, context);
    const sample = await run.run();
    expect(told).toEqual(Array.from({ length: 20 }, () => ["opened", "closed"]).flat());
    expect(sample).toMatchObject({ answer: ["20 opened"], metrics: { ms: expect.any(Number) } });
  });

  it.each(["small.open", "cold.open-again"])("may take five milliseconds in %s", (id) => {
    expect(verdictsOf(id, { ms: 4.9 })).toEqual(["pass"]);
    expect(verdictsOf(id, { ms: 5.1 })).toEqual(["regression"]);
  });
});

describe("what is added to the smallest query", () => {
  it.each(["overhead.guarded", "overhead.captured"])("may be 0.15 ms in %s", (id) => {
    expect(verdictsOf(id, { ms: 0.44, silentMs: 0.3 })).toEqual(["pass"]);
    expect(verdictsOf(id, { ms: 0.46, silentMs: 0.3 })).toEqual(["regression"]);
  });
});
