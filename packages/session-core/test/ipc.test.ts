import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { decodeIpc, decodeIpcSchema, encodeIpc, ipcEncoder } from "../src/ipc.ts";
import { arrowBatch, arrowColumns } from "./arrow-columns.ts";

function texts(table: arrow.Table): string[] {
  return table.toArray().map(String);
}

describe("encodeIpc and decodeIpc", () => {
  it("are inverse", () => {
    const table = new arrow.Table([arrowBatch(arrowColumns), arrowBatch(arrowColumns)]);
    const again = decodeIpc(encodeIpc(table));
    expect(texts(again)).toEqual(texts(table));
    expect(String(again.schema)).toBe(String(table.schema));
  });

  it("keep the batches of a table whose schema has general classes", () => {
    const fields = [new arrow.Field("n", new arrow.Int(true, 64), false)];
    const batches = [1n, 2n].map((n) => arrow.tableFromArrays({ n: BigInt64Array.of(n) }).batches);
    const table = new arrow.Table(new arrow.Schema(fields), batches.flat());
    expect(texts(decodeIpc(encodeIpc(table)))).toEqual(['{"n": 1}', '{"n": 2}']);
  });

  it("read the schema without the batches", () => {
    const table = new arrow.Table([arrowBatch(arrowColumns)]);
    expect(String(decodeIpcSchema(encodeIpc(table)))).toBe(String(table.schema));
  });
});

describe("ipcEncoder", () => {
  const batch = arrowBatch(arrowColumns);

  it("writes schema, batches and end as pieces of one stream", () => {
    const encoder = ipcEncoder(batch.schema);
    const pieces = [encoder.write(batch), encoder.write(batch.slice(1, 3)), encoder.finish()];
    const table = decodeIpc(Buffer.concat(pieces));
    expect(texts(table)).toEqual(texts(new arrow.Table([batch, batch.slice(1, 3)])));
    expect(pieces.every((piece) => piece.byteLength > 0)).toBe(true);
  });

  it("writes a stream without batches", () => {
    const table = decodeIpc(ipcEncoder(batch.schema).finish());
    expect([table.numRows, String(table.schema)]).toEqual([0, String(batch.schema)]);
  });
});
