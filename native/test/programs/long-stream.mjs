// Resident memory over a stream of 5000 batches of 448 KiB, pulled in a loop whose body awaits nothing else.
import { openSession, openStream, report, residentMegabytes } from "./extension.mjs";

const session = await openSession({ settings: [["datafusion.execution.target_partitions", "2"]] });
const columns = ["a", "b", "c", "d", "e", "f", "g"].map((name, index) => `value + ${index} AS ${name}`);
const stream = await openStream(session, `SELECT ${columns.join(", ")} FROM range(0, ${5000 * 8192})`);
let ticks = 0;
let turns = 0;
let turning = true;
const timer = setInterval(() => {
  ticks += 1;
}, 5);
const turn = () => {
  turns += 1;
  if (turning) setImmediate(turn);
};
turn();

const before = residentMegabytes();
const started = performance.now();
let batches = 0;
let bytes = 0;
let most = 0;
const pull = () => stream.next(undefined, undefined, "rows");
for (let batch = await pull(); batch !== null; batch = await pull()) {
  batches += 1;
  bytes += batch.data.byteLength;
  if (batches % 50 === 0) most = Math.max(most, residentMegabytes());
}
clearInterval(timer);
turning = false;
report({ batches, bytes, grown: most - before, ticks, turns, milliseconds: performance.now() - started });
session.close();
