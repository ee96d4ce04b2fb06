import { expect, it } from "vitest";
// #region imports
import { createHooks } from "@deltafuse/hooks/hooks";
import { veto } from "@deltafuse/hooks/interceptors";
// #endregion
import { samplePayloads } from "./sample-events.ts";

it("runs the example of the README", async () => {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  // #region example
  const hooks = createHooks();
  hooks.on("query.finished", (event) => print(`${event.rows} rows in ${event.durationUs} µs`));
  hooks.on("*", (event) => print(`${event.seq} ${event.event}`), { name: "trail" });
  hooks.intercept("beforeWrite", ({ mode }) =>
    mode === "overwrite" ? veto("Nothing is overwritten here.") : undefined,
  );
  // openSession(profile, { hooks })
  // #endregion
  hooks.emit("query.started", samplePayloads["query.started"]);
  hooks.emit("query.finished", samplePayloads["query.finished"]);
  const write = { operation: "WRITE", target: "t", uri: "file:///t", format: "delta", mode: "overwrite" };
  await expect(hooks.ask("beforeWrite", { ...write, plan: {}, commitMetadata: {}, options: {} })).rejects.toThrow(
    "Nothing is overwritten here.",
  );
  const { rows, durationUs } = samplePayloads["query.finished"];
  expect(printed).toEqual([
    "1 query.started",
    `${rows} rows in ${durationUs} µs`,
    "2 query.finished",
    "3 interceptor.vetoed",
  ]);
});
