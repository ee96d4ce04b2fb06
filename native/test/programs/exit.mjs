// Leaves something open and ends; the argument says what.
import { countRows, native, openSession, openStream, report, request } from "./extension.mjs";

const types = { arguments: [{ name: "a", type: "int64" }], returns: "int64" };
const rest = { version: "0", volatility: "volatile", nulls: "strict", batchSize: 8192, timeoutMs: 0, replace: true };
const long = "SELECT value FROM range(0, 300000000) ORDER BY value * 7919 % 1000003";
const session = await openSession();

const leavings = {
  session: async () => countRows(session, "SELECT 1"),
  streams: async () => {
    await openStream(session, "SELECT 1");
    const begun = await openStream(session, "SELECT value FROM range(0, 1000000000)");
    return (await begun.next()).header[0];
  },
  function: async () => {
    const failing = { error: JSON.stringify({ code: "UDF.CALLBACK_FAILED", message: "as planned", details: {} }) };
    await session.registerFunction(request({ name: "f", ...types, ...rest }), { callback: () => failing });
    return countRows(session, "SELECT f(value) FROM range(0, 10)").catch((error) => JSON.parse(error.message).message);
  },
  sink: async () => {
    const fields = [{ name: "a", type: { type: "int64" }, nullable: true }];
    const [schema] = (await native.schemaCodec(request({ fields }), {})).buffers;
    await native.openSink(request({ schema: { $buffer: 0 } }), { buffers: [schema] });
    return "open";
  },
  cancel: async () => {
    const cancel = native.createCancel();
    const stream = await openStream(session, long);
    const pull = stream.next(cancel).catch((error) => JSON.parse(error.message).code);
    setTimeout(() => cancel.cancel(), 100);
    return pull;
  },
  promise: async () => {
    void countRows(session, "SELECT count(*) FROM range(0, 10000) a CROSS JOIN range(0, 10000) b").then((rows) =>
      report({ late: rows }),
    );
    return "pending";
  },
};

report({ left: await leavings[process.argv[2]]() });
