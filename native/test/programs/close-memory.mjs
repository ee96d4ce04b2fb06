// Tells how many megabytes the process holds after queries that need many, and after its session was closed.
import { countRows, openSession, report, residentMegabytes } from "./extension.mjs";

const sql = "SELECT md5(concat(value, 'x')) AS text FROM range(0, 1000000) ORDER BY text";

const session = await openSession();
await countRows(session, sql);
const rows = await countRows(session, sql);
const open = residentMegabytes();
session.close();
let closed = residentMegabytes();
for (let turn = 0; turn < 100 && closed > open - 50; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  closed = residentMegabytes();
}
report({ rows, open, closed });
