import { setTimeout } from "node:timers/promises";
import * as z from "@deltafuse/config/zod";
import { expect, it } from "vitest";
import { checkDocument } from "../src/document-check.ts";

const schema = z.strictObject({
  name: z.string(),
  counts: z.array(z.int()),
  of: z.exactOptional(z.record(z.string(), z.boolean())),
});

it("says the same of a document however often its schema was used", async () => {
  const documents = [
    { name: "a", counts: [1, 2] },
    { name: "b", counts: [], of: { c: true } },
    { name: "a", counts: [1.5] },
    { name: "a", counts: [], more: 1 },
    { counts: [] },
    null,
  ];
  for (let use = 0; use < 10; use++) {
    // The generated checker is loaded meanwhile.
    await setTimeout(10);
    for (const document of documents) {
      const { success, data, error } = checkDocument(schema, document);
      const expected = schema.safeParse(document, { error: z.en().localeError });
      expect([success, data, error?.issues]).toEqual([expected.success, expected.data, expected.error?.issues]);
    }
  }
});
