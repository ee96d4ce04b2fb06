import { datasets } from "@deltafuse/dataset-io/register";
import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { registerDatasetProvider } from "@deltafuse/dataset-io/provider";
import { describe, expect, it } from "vitest";
import { deltaProvider } from "../src/delta-provider.ts";
import { delta } from "../src/extension.ts";
import { writeTable } from "../src/write.ts";
import { openTestSession, testSite } from "./test-session.ts";

describe("delta", () => {
  it("serves datasets() whatever their order", async () => {
    await using site = await testSite();
    const location = site.path("t");
    await writeTable(site.session, { location }, { source: { rows: [{ n: 1 }] } });
    const catalog = createDatasetCatalog({ t: location });
    await using session = await openTestSession({ extensions: [datasets({ catalog })] });
    expect(await session.table("t").count()).toBe(1);
  });

  it("contributes defaults that the engine then uses", async () => {
    await using session = await openTestSession();
    const { entries } = await session.settings();
    const found = entries.filter(({ key }) => key.startsWith("datafusion.optimizer.hash_join_inlist_pushdown_max"));
    expect(found.map(({ key, value, source }) => ({ key, value, source }))).toEqual([
      { key: "datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values", value: "0", source: "extension" },
      { key: "datafusion.optimizer.hash_join_inlist_pushdown_max_size", value: "0", source: "extension" },
    ]);
  });

  it("is the one provider of its format", async () => {
    await using session = await openTestSession();
    expect(() => registerDatasetProvider(session, deltaProvider)).toThrow(
      expect.objectContaining({ code: "IO.PROVIDER_DUPLICATE", details: { format: "delta" } }),
    );
    expect(delta().contribute(session.profile).steps).toEqual([
      { id: "providers.delta", phase: "filesystems", spec: { format: "delta" } },
    ]);
  });
});
