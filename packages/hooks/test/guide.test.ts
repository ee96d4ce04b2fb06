import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { eventNames, eventTable } from "../src/events.ts";
import { pointNames, pointTable } from "../src/interceptors.ts";

const guide = readFileSync(new URL("../../../docs/hooks-and-policies.md", import.meta.url), "utf8");

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

const events = [
  "| event | emitted by | fires | records |",
  "|---|---|---|---|",
  ...eventNames.map((name) => {
    const { owner, fires, settling, records } = eventTable[name];
    return `| \`${name}\`${settling ? " ⏳" : ""} | ${owner} | ${fires} | ${code(records)} |`;
  }),
];
const points = [
  "| point | asked by | when | may be replaced |",
  "|---|---|---|---|",
  ...pointNames.map((name) => {
    const { owner, asked, replaces } = pointTable[name];
    return `| \`${name}\` | ${owner} | ${asked} | ${replaces.length === 0 ? "nothing" : code(replaces)} |`;
  }),
];

it.each([
  { name: "events", table: events },
  { name: "points", table: points },
])("the guide has the table of $name", ({ name, table }) => {
  const [, found] = guide.split(new RegExp(`<!-- /?${name} -->`));
  expect(found?.trim().split("\n")).toEqual(table);
});
