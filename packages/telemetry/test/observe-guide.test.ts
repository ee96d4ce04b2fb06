import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { metricTable } from "../src/record-metrics.ts";
import { recordKinds } from "../src/record-kinds.ts";
import { envelopeColumns } from "../src/record.ts";

const guide = readFileSync(new URL("../../../docs/observe-queries.md", import.meta.url), "utf8");

function code(columns: readonly string[]): string {
  return columns.map((column) => `\`${column}\``).join(", ");
}

const records = [
  "| kind | version | columns |",
  "|---|---|---|",
  `| envelope | | ${code(envelopeColumns)} |`,
  ...Object.values(recordKinds).map(({ kind, version, columns }) => `| \`${kind}\` | ${version} | ${code(columns)} |`),
];
const metrics = [
  "| metric | type, unit | what |",
  "|---|---|---|",
  ...Object.entries(metricTable).map(
    ([name, { type, unit, description }]) => `| \`${name}\` | ${type}, ${unit} | ${description} |`,
  ),
];

it.each([
  { name: "records", table: records },
  { name: "metrics", table: metrics },
])("the guide has the table of the $name", ({ name, table }) => {
  expect(guide).toContain(`<!-- ${name} -->\n${table.join("\n")}\n<!-- /${name} -->`);
});
