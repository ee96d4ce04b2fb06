import type { Workload } from "../workload.ts";

/** From the text of the query to the first rows of its stream. */
export const firstBatch: Workload = {
  id: "first-batch",
  title: "first batch of the stream",
  wanted: { kind: "time", atMost: 1 },
  rowsOf: null,
  watchLag: false,
  run: async (engine) => {
    const { rows, end } = await engine.firstBatch("SELECT id, ratio, name, moment, amount FROM wide");
    return { answer: [rows > 0 ? "some rows" : "no rows"], after: end };
  },
  digest: null,
};
