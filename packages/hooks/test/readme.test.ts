import { expect, it } from "vitest";
// #region imports
import { createHooks } from "@deltafuse/hooks/hooks";
// #endregion
import { samplePayloads } from "./sample-events.ts";

it("runs the example of the README", () => {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  // #region example
  const hooks = createHooks();
  hooks.on("query.finished", (event) => print(`${event.rows} rows in ${event.durationUs} µs`));
  hooks.on("*", (event) => print(`${event.seq} ${event.event}`), { name: "trail" });
  // openSession(profile, { hooks })
  // #endregion
  hooks.emit("query.started", samplePayloads["query.started"]);
  hooks.emit("query.finished", samplePayloads["query.finished"]);
  const { rows, durationUs } = samplePayloads["query.finished"];
  expect(printed).toEqual(["1 query.started", `${rows} rows in ${durationUs} µs`, "2 query.finished"]);
});
