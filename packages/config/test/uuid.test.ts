import { describe, expect, it } from "vitest";
import { uuidV7 } from "../src/uuid.ts";

describe("uuidV7", () => {
  it("gives the example of RFC 9562, appendix A.6", () => {
    const random = (): string => "919108f7-52d1-4cc3-98c4-dc0c0c07398f";
    expect(uuidV7(0x017f22e279b0, random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  });

  it("has version 7 and the variant of the standard", () => {
    expect(uuidV7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("sorts by time and does not repeat", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => uuidV7(1_700_000_000_000 + index));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(Array.from({ length: 1000 }, () => uuidV7(0))).size).toBe(1000);
    expect(uuidV7(1)).toMatch(/^00000000-0001-7/);
  });
});
