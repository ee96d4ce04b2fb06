import { describe, expect, it } from "vitest";
import { checkNativeContract, type NativeContract } from "../src/contract.ts";
import { expectedContract } from "../src/contract.generated.ts";

const contract: NativeContract = {
  contractVersion: expectedContract.contractVersion,
  buildId: "build",
  target: "x86_64-unknown-linux-gnu",
  engine: { datafusion: "55.2.0", arrow: "59.3.0", parquet: "59.3.0", objectStore: "0.13.0", delta: "1.1.0" },
  features: [...expectedContract.features, "testing"],
  modules: expectedContract.modules,
  entrypoints: expectedContract.entrypoints.map((name) => ({ name, group: "any" })),
  errorCodes: [],
  functionCatalogHash: "hash",
  settingKeys: [],
};

function mismatch(details: object): unknown {
  return expect.objectContaining({ code: "SESSION.CONTRACT_MISMATCH", details: expect.objectContaining(details) });
}

describe("checkNativeContract", () => {
  it("takes a contract that has at least what is expected", () => {
    expect(checkNativeContract(contract)).toEqual(contract);
  });

  it("names entrypoints and features that are missing, and the path", () => {
    const lacking = { ...contract, features: ["testing"], modules: [], entrypoints: contract.entrypoints.slice(1) };
    const [first] = expectedContract.entrypoints;
    const missing = [
      `entrypoint ${first}`,
      ...expectedContract.features.map((name) => `feature ${name}`),
      ...expectedContract.modules.map((name) => `module ${name}`),
    ];
    expect(() => checkNativeContract(lacking, "/somewhere/binding.js")).toThrow(
      mismatch({ missing, path: "/somewhere/binding.js", expected: contract.contractVersion }),
    );
  });

  it("refuses another version, and what is no contract", () => {
    const next = contract.contractVersion + 1;
    expect(() => checkNativeContract({ ...contract, contractVersion: next })).toThrow(mismatch({ actual: next }));
    expect(() => checkNativeContract("nonsense")).toThrow(mismatch({ actual: null }));
    expect(() => checkNativeContract({ ...contract, engine: {} })).toThrow(mismatch({ actual: next - 1 }));
  });
});
