import { DeltaFuseError } from "@deltafuse/config/errors";
import { contract } from "@deltafuse/native/binding";
import { describe, expect, it } from "vitest";
import { ioErrorCodes, isIoError, notReady } from "../src/errors.ts";

describe("errors", () => {
  it("knows every code of its namespace that the engine raises", () => {
    const known: readonly string[] = ioErrorCodes;
    const { errorCodes }: { errorCodes: readonly string[] } = JSON.parse(contract());
    const raised = errorCodes.filter((code) => code.startsWith("IO."));
    expect(raised.length).toBeGreaterThan(0);
    expect(raised.filter((code) => !known.includes(code))).toEqual([]);
  });

  it("lists each code once, in order", () => {
    expect(ioErrorCodes).toEqual([...new Set(ioErrorCodes)].toSorted());
  });

  it("knows the errors of the engine by their code", () => {
    const error = (code: string): DeltaFuseError => new DeltaFuseError({ code, message: "m", details: {} });
    expect([isIoError(error("IO.PARTITION_VALUE")), isIoError(error("STORE.NOT_FOUND")), isIoError(null)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("tells every dataset that is not ready in a line of its own", () => {
    const row = {
      uri: "file:///x",
      format: null,
      status: "missing_path",
      reason: null,
      fileCount: 0,
      bytes: 0,
    } as const;
    const rows = [
      { ...row, dataset: "a" },
      { ...row, dataset: "b", reason: "'/x' is gone." },
    ];
    expect(notReady(rows).message).toBe(
      [
        "2 datasets are not ready, so nothing was registered. Correct the location, or put the files there first.",
        "  a: file:///x is missing_path.",
        "  b: '/x' is gone.",
      ].join("\n"),
    );
    expect(notReady(rows.slice(1)).message).toBe(
      "The dataset b is not ready, so nothing was registered: '/x' is gone. Correct the location, or put the files there first.",
    );
  });
});
