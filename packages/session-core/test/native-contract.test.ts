import { describe, expect, it } from "vitest";
import { expectedContract } from "../src/contract.generated.ts";
import { sessionErrorCodes } from "../src/errors.ts";
import { loadNativeLibrary } from "../src/native-library.ts";
import { configureRuntime, runtimeStats } from "../src/native-runtime.ts";
import { openSession } from "../src/session.ts";
import { parseProfile } from "@deltafuse/config/profile";
import { settingRows } from "@deltafuse/config/settings";

describe("the native extension", () => {
  it("is loaded and checked once for all sessions", async () => {
    expect(await loadNativeLibrary()).toBe(await loadNativeLibrary());
  });

  it("has the contract this package was built for", async () => {
    const { contract } = await loadNativeLibrary();
    expect(contract.contractVersion).toBe(expectedContract.contractVersion);
    expect(contract.features).toContain("delta");
  });

  it("raises no code of this package's namespaces that the package does not know", async () => {
    const { contract } = await loadNativeLibrary();
    const own = new Set(sessionErrorCodes.map((code) => code.split(".")[0]));
    const known: readonly string[] = sessionErrorCodes;
    const raised = contract.errorCodes.filter((code) => own.has(code.split(".")[0]));
    expect(raised.filter((code) => !known.includes(code))).toEqual([]);
  });

  it("has the settings of the settings table", async () => {
    const { contract } = await loadNativeLibrary();
    const table = settingRows().map(({ key }) => key);
    expect(contract.settingKeys).toEqual(table.filter((key) => key.startsWith("datafusion.")));
  });

  it("refuses to change its threads once they run", async () => {
    await configureRuntime({ workerThreads: 3 });
    await using session = await openSession(parseProfile({ preset: "test" }));
    expect(await session.sql("SELECT 1 AS a").count()).toBe(1);
    expect((await runtimeStats()).workerThreads).toBe(3);
    await expect(configureRuntime({ workerThreads: 2 })).rejects.toMatchObject({ code: "NATIVE.RUNTIME_STARTED" });
  });
});
