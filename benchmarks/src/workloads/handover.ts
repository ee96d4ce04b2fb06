import type { Session } from "@deltafuse/session-core/session";
import type { Sample, Workload } from "../workload.ts";
import { everySuite, wideNeed } from "./query-workload.ts";

const bytesPerRow = 55;

/** Streams a table that is in memory already: what is left is the way into JavaScript. */
async function stream(session: Session): Promise<Sample> {
  let rows = 0;
  let bytes = 0;
  for await (const batch of (await session.sql("SELECT * FROM held").stream()).columns({ lent: true })) {
    rows += batch.rows;
    bytes += batch.rows * bytesPerRow;
  }
  return { answer: [`${rows} rows`], metrics: { bytes } };
}

const handover: Omit<Workload, "id" | "title" | "ceilings"> = {
  family: "transfer.handover",
  suites: everySuite,
  contestants: ["deltafuse"],
  data: [wideNeed],
  alone: true,
  watch: [],
  setup: async (_engine, { tables, limits }) => {
    const { openSession } = await import("@deltafuse/session-core/session");
    const { registerDataset } = await import("@deltafuse/dataset-io/register");
    const { extendProfile } = await import("@deltafuse/config/profile");
    const { benchmarkProfile } = await import("../contestants/deltafuse-profile.ts");
    const profile = extendProfile(benchmarkProfile(limits), { sql: { policy: { base: "write", ddl: true } } });
    const session = await openSession(profile);
    await registerDataset(session, "wide", tables["wide"]?.path ?? "");
    await session.execute("CREATE TABLE held AS SELECT id, ratio, name, moment, amount FROM wide");
    return { run: () => stream(session), close: () => session.close() };
  },
  digest: null,
  counters: null,
  plan: null,
};

/** Batches that lie in memory, handed over to JavaScript. */
export const handoverWorkloads: readonly Workload[] = [
  {
    ...handover,
    id: "transfer.handover.columns",
    title: "batches in memory to columns in JavaScript",
    ceilings: ["handover.bandwidth"],
  },
  {
    ...handover,
    id: "transfer.handover.copied",
    title: "the same, copied into memory of the JavaScript engine",
    externalBuffers: false,
    ceilings: ["handover.copied-bandwidth"],
  },
];
