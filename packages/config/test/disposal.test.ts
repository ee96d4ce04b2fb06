import { describe, expect, it } from "vitest";
import { closeable } from "../src/disposal.ts";

describe("closeable", () => {
  it("runs once for concurrent calls, which share one promise", async () => {
    let runs = 0;
    const resource = closeable(async () => {
      runs += 1;
      await Promise.resolve();
    });
    const first = resource.close();
    expect(resource.close()).toBe(first);
    expect(resource[Symbol.asyncDispose]()).toBe(first);
    await first;
    expect(resource.close()).toBe(first);
    expect(runs).toBe(1);
  });

  it("is claimed before it starts", async () => {
    let runs = 0;
    let inner: Promise<void> | undefined;
    const resource = closeable(async () => {
      runs += 1;
      inner = resource.close();
    });
    const outer = resource.close();
    await outer;
    expect(inner).toBe(outer);
    expect(runs).toBe(1);
  });

  it("starts before close returns", () => {
    let started = false;
    void closeable(async () => {
      started = true;
    }).close();
    expect(started).toBe(true);
  });

  it("rejects every call with the same failure", async () => {
    const failure = new Error("stuck");
    const resource = closeable(() => {
      throw failure;
    });
    await expect(resource.close()).rejects.toBe(failure);
    await expect(resource.close()).rejects.toBe(failure);
  });

  it("ends an await using block", async () => {
    let closed = false;
    {
      await using _resource = closeable(async () => {
        closed = true;
      });
      expect(closed).toBe(false);
    }
    expect(closed).toBe(true);
  });
});
