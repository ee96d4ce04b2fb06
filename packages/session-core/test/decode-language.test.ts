import { parseProfile } from "@deltafuse/config/profile";
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { openSession } from "../src/session.ts";

// The whole of zod would set a language: this file has the small form alone.
it("says in English why a row does not fit, where the program has chosen no language for zod, else in that", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  const read = (): Promise<unknown> => session.sql("SELECT 1 AS a").rows({ decode: z.object({ a: z.string() }) });
  expect(z.config().localeError).toBeUndefined();
  await expect(read()).rejects.toThrow("expected string, received bigint");
  z.config(z.locales.de());
  await expect(read()).rejects.toThrow("erwartet string");
});
