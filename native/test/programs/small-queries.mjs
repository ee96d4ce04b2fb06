// Resident memory over 20 000 small queries, sampled after garbage collection.
import { countRows, native, openSession, report, residentMegabytes, settle } from "./extension.mjs";

const session = await openSession();
let wrong = 0;
const run = async (count) => {
  for (let index = 0; index < count; index++) {
    if ((await countRows(session, `SELECT ${index} AS a, 'text ${index}' AS b`)) !== 1) wrong += 1;
  }
  await settle();
};
await run(3000);
const samples = [residentMegabytes()];
for (let part = 0; part < 8; part++) {
  await run(2500);
  samples.push(residentMegabytes());
}
report({ wrong, samples, handles: JSON.parse(native.runtimeStats()).handles });
session.close();
