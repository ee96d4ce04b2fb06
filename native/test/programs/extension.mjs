// What the programs of the tests need: the extension and the shortest way to a query.
import * as binding from "../../binding.js";

export const native = binding;

export const request = (members = {}) => JSON.stringify({ v: 1, ...members });

export const openSession = async (spec = {}) => (await binding.createSession(request(spec), {})).handle;

export const openStream = async (session, sql, members = {}) => {
  const frame = (await session.planSql(request({ sql, allow: "query" }), {})).handle;
  const stream = (await frame.stream(request(members), {})).stream;
  frame.close();
  return stream;
};

/** Rows of a query, whose batches are dropped one by one. */
export const countRows = async (session, sql) => {
  const stream = await openStream(session, sql);
  let rows = 0;
  for (let batch = await stream.next(); batch !== null; batch = await stream.next()) rows += batch.header[0];
  stream.close();
  return rows;
};

/** The code of a failure, or null. */
export const codeOf = (promise) =>
  promise.then(
    () => null,
    (error) => JSON.parse(error.message).code,
  );

/** Collects garbage, and gives finalizers and the allocator's purge time. */
export const settle = async () => {
  for (let round = 0; round < 5; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

export const residentMegabytes = () => process.memoryUsage.rss() / 2 ** 20;

export const report = (result) => console.log(JSON.stringify(result));
