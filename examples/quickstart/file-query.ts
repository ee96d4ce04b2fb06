import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { delta } from "@deltafuse/delta/extension";
import { rowReader } from "@deltafuse/session-core/rows";
import { openSession } from "@deltafuse/session-core/session";
import { renderTextTable } from "@deltafuse/session-core/text-table";
import { count } from "./step.ts";

const shownRows = 40;

/** Runs one query over a file or Delta folder, the table `t`: prints the first rows, and counts all while they stream by. */
export async function queryFile(file: string, sql: string): Promise<void> {
  const began = performance.now();
  const session = await openSession(parseProfile({ sql: { policy: "read_only" } }), { extensions: [delta()] });
  try {
    await registerDataset(session, "t", file, { base: process.env["INIT_CWD"] ?? process.cwd() });
    const stream = await session.sql(sql).stream();
    const reader = rowReader(stream.fields, { values: "json", duplicateNames: "suffix" });
    const shown: Record<string, unknown>[] = [];
    let rows = 0;
    for await (const batch of stream.columns()) {
      shown.push(...reader.bind(batch).slice(0, Math.min(batch.rows, shownRows - shown.length)));
      rows += batch.rows;
    }
    const columns = stream.fields.map(({ name, type }) => {
      return { name, align: /^(u?int|float|decimal)/.test(type.type) ? "right" : "left" } as const;
    });
    const cells = shown.map((row) => Object.values(row).map(cellText));
    console.log(renderTextTable(columns, cells));
    console.log(`${count(rows)} ${rows === 1 ? "row" : "rows"}, ${((performance.now() - began) / 1000).toFixed(2)} s`);
  } finally {
    await session.close();
  }
}

function cellText(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
