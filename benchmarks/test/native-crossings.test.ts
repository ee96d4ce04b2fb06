import { describe, expect, it } from "vitest";
import { crossingsDuring } from "../src/contestants/native-crossings.ts";

const batch = (dictionaries: number) => ({
  header: new Float64Array(1),
  data: new ArrayBuffer(8),
  dictionaries: Array.from({ length: dictionaries }, (_, id) => ({
    id,
    header: new Float64Array(1),
    data: new ArrayBuffer(8),
  })),
  last: false,
});

class FakeStream {
  readonly #batches = [batch(2), null];

  next() {
    return Promise.resolve(this.#batches.shift());
  }

  close() {
    return undefined;
  }
}

class FakeSession {
  plan() {
    return Promise.resolve({ json: "{}", buffers: [], stream: new FakeStream(), first: batch(0) });
  }

  register(_name: string, attached: { readonly callback: (x: number) => number }) {
    return Promise.resolve({ json: String(attached.callback(20) + attached.callback(1)), buffers: [] });
  }
}

async function read(session: FakeSession): Promise<void> {
  const { stream } = await session.plan();
  while (await stream.next());
  stream.close();
}

describe("crossingsDuring", () => {
  it("counts calls of all objects that a call gives, without those for batches, and the buffers of batches", async () => {
    const session = new FakeSession();
    expect(await crossingsDuring(session, () => read(session))).toEqual({ calls: 2, callbacks: 0, buffers: 4 });
  });

  it("counts what the engine calls, also of objects of the class that come later", async () => {
    const work = () => new FakeSession().register("double", { callback: (x) => x * 2 });
    expect(await crossingsDuring(new FakeSession(), work)).toEqual({ calls: 1, callbacks: 2, buffers: 0 });
  });

  it("leaves the classes as they were, also after a failure", async () => {
    const before = [FakeSession.prototype, FakeStream.prototype].map((one) => Object.getOwnPropertyDescriptors(one));
    const session = new FakeSession();
    await crossingsDuring(session, () => read(session));
    const failure = new Error("It failed.");
    await expect(crossingsDuring(session, () => Promise.reject(failure))).rejects.toBe(failure);
    expect([FakeSession.prototype, FakeStream.prototype].map((one) => Object.getOwnPropertyDescriptors(one))).toEqual(
      before,
    );
  });
});
