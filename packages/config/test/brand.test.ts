import { describe, expect, it } from "vitest";
import { toQueryId, toRunId, toSessionId } from "../src/brand.ts";
import { uuidV7 } from "../src/uuid.ts";

describe("ids", () => {
  it("are texts that were checked", () => {
    const id = uuidV7();
    expect(toSessionId(id)).toBe(id);
    expect(toQueryId("q-1")).toBe("q-1");
    expect(toRunId("r-1")).toBe("r-1");
  });

  it.each(["", " ", "-a", "a b", "a".repeat(129), "ä"])("are not %j", (text) => {
    expect(() => toSessionId(text)).toThrow(
      expect.objectContaining({
        code: "CONFIG.INVALID_IDENTIFIER",
        message: expect.stringContaining("is not a valid session id"),
      }),
    );
  });
});
