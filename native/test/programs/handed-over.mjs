// Tells what a query brings, where its batches lie in memory of the extension (`external`) or of the JavaScript engine.
import { createHash } from "node:crypto";
import { native, openSession, openStream, report, request } from "./extension.mjs";

const sql = `SELECT value, value * 0.5 AS half, concat('text ', value) AS text,
  arrow_cast(concat('d', value % 5), 'Dictionary(Int32, Utf8)') AS name FROM range(0, 100000)`;

native.configureRuntime(request({ externalBuffers: process.argv[2] === "external" }));
const session = await openSession({ settings: [["datafusion.execution.target_partitions", "1"]] });
const stream = await openStream(session, sql);
const digest = createHash("sha256");
let batches = 0;
let moved = 0;

const take = ({ header, data }) => {
  digest.update(header).update(new Uint8Array(data));
  // What cannot be moved is copied or refused, by version of Node, and stays.
  try {
    structuredClone(data, { transfer: [data] });
  } catch (error) {
    if (error.name !== "DataCloneError") throw error;
  }
  if (data.byteLength === 0) moved += 1;
};

const pull = () => stream.next(undefined, undefined, "rows");
for (let batch = await pull(); batch !== null; batch = await pull()) {
  batches += 1;
  take(batch);
}
stream.close();
session.close();
const { copiedBuffers } = JSON.parse(native.runtimeStats());
report({ digest: digest.digest("hex"), batches, moved, copiedBuffers });
