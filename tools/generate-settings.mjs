// Writes the settings table of @deltafuse/config (packages/config/src/engine-settings/*.ts) and docs/settings.md from what
// the engine reports and packages/config/src/settings-overlay.ts.
//
//   node tools/generate-settings.mjs                    asks the native extension
//   node tools/generate-settings.mjs --from file.json   reads [{key, value, description}] from a file
//   node tools/generate-settings.mjs --check            writes nothing, fails when a file would change
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import typescript from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = "packages/config/src";
const width = 120;

const namespaces = [
  { prefix: "datafusion.catalog", file: "catalog", identity: "plan" },
  { prefix: "datafusion.execution.parquet", file: "parquet", identity: "plan" },
  { prefix: "datafusion.execution", file: "execution", identity: "plan" },
  { prefix: "datafusion.optimizer", file: "optimizer", identity: "plan" },
  { prefix: "datafusion.sql_parser", file: "sql-parser", identity: "plan" },
  { prefix: "datafusion.explain", file: "explain", identity: "presentation" },
  { prefix: "datafusion.format", file: "format", identity: "presentation" },
  { prefix: "datafusion.spark", file: "spark", identity: "plan" },
  { prefix: "datafusion.runtime", file: "runtime", identity: "resource" },
  { prefix: "deltafuse.policy", file: "deltafuse", identity: "plan" },
];

const options = parseArgs({ options: { from: { type: "string" }, check: { type: "boolean" } } }).values;

function fail(message) {
  console.error(message);
  process.exit(1);
}

async function nativeEntries() {
  const native = await import("../native/binding.js");
  const cancel = {};
  const session = await native.createSession(JSON.stringify({ v: 1 }), cancel);
  const reply = await session.handle.settings(JSON.stringify({ v: 1 }), cancel);
  return JSON.parse(reply.json).entries;
}

async function overlayTables() {
  const text = readFileSync(join(root, source, "settings-overlay.ts"), "utf8");
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 };
  const { outputText } = typescript.transpileModule(text, { compilerOptions });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

function namespaceOf(key) {
  const found = namespaces.find(({ prefix }) => key.startsWith(`${prefix}.`));
  return (
    found ?? fail(`The engine reports ${key}, which is in no known namespace: add it to tools/generate-settings.mjs`)
  );
}

function inferredType(value) {
  if (value === "true" || value === "false") return "bool";
  if (value !== null && /^\d+$/.test(value)) return "uint";
  if (value !== null && /^\d+\.\d+$/.test(value)) return "float";
  return "string";
}

// The engine prints the sizes of its runtime as 50M; the table holds bytes.
function defaultText(type, value) {
  const match = type === "bytes" && value !== null ? /^(\d+)([KMG]?)$/.exec(value) : null;
  return match === null ? value : String(Number(match[1]) * 1024 ** ["", "K", "M", "G"].indexOf(match[2]));
}

function toRow({ key, value, description }, overlay) {
  const namespace = namespaceOf(key);
  const type = overlay.type ?? inferredType(value);
  return {
    key,
    doc: description.replaceAll(/\s+/g, " ").trim(),
    type,
    nullable: value === null,
    default: defaultText(type, value),
    applies: namespace.file === "runtime" ? "runtime_env" : "session_config",
    identity: namespace.identity,
    ...overlay,
  };
}

function inputType(row) {
  const types = { bool: "boolean", uint: "number", int: "number", float: "number", bytes: "SizeInput" };
  if (row.type === "enum") return row.values.map((value) => JSON.stringify(value)).join(" | ");
  return types[row.type] ?? "string";
}

function defaultSentence(row) {
  if (row.machineDefault === "cores") return "Default: the number of cores.";
  if (row.default === null) return "Default: NULL.";
  return row.default === "" ? "Default: empty." : `Default: \`${row.default}\`.`;
}

function rangeSentence({ min, max }) {
  if (min !== undefined && max !== undefined) return ` From ${min} to ${max}.`;
  if (max !== undefined) return ` At most ${max}.`;
  return min === undefined ? "" : ` At least ${min}.`;
}

function comment(text, indent) {
  const lines = [];
  let line = "";
  for (const word of text.replaceAll("*/", "*\\/").split(" ")) {
    if (line !== "" && indent.length + 3 + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  if (lines.length === 1 && indent.length + line.length + 7 <= width) return `${indent}/** ${line} */`;
  return [`${indent}/**`, ...lines.map((part) => `${indent} * ${part}`), `${indent} */`].join("\n");
}

function sentence(text) {
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}

function rowText(row) {
  const members = Object.entries(row).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `{ ${members.join(", ")} },`;
}

function inputInterface({ prefix, pascal, members }) {
  return [
    `/** The keys of \`${prefix}\` that no profile field owns. Null is the engine's default. */`,
    `export interface ${pascal}SettingsInput {`,
    members.join("\n"),
    "}",
    "",
  ].join("\n");
}

function namespaceFile({ prefix, file }, rows) {
  const camel = file.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const pascal = camel.charAt(0).toUpperCase() + camel.slice(1);
  const settable = rows.filter((row) => row.owner === undefined && row.locked === undefined);
  const members = settable.map((row) =>
    [
      comment(`${sentence(row.doc)}${rangeSentence(row)} ${defaultSentence(row)}`, "  "),
      `  readonly "${row.key}"?: ${inputType(row)} | null;`,
    ].join("\n"),
  );
  const sizes = settable.some((row) => row.type === "bytes");
  return [
    "// Generated by tools/generate-settings.mjs. Do not edit.",
    `import type { EngineSettingRow } from "../setting-row.ts";`,
    ...(sizes ? [`import type { SizeInput } from "../size.ts";`] : []),
    "",
    `/** Keys of \`${prefix}\`. */`,
    `export type ${pascal}SettingKey = ${rows.map((row) => JSON.stringify(row.key)).join(" | ")};`,
    "",
    ...(members.length === 0 ? [] : [inputInterface({ prefix, pascal, members })]),
    `/** Every setting of \`${prefix}\`. */`,
    `export const ${camel}SettingRows: readonly EngineSettingRow<${pascal}SettingKey>[] = [`,
    ...rows.map(rowText),
    "];",
    "",
  ].join("\n");
}

/** Formats files as the repository does, all in one run. */
function formatted(sources) {
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
  try {
    for (const { name, text } of sources) writeFileSync(join(folder, name), text);
    const command = join(root, "node_modules/.bin/oxfmt");
    const run = spawnSync(command, ["-c", join(root, ".oxfmtrc.json"), "."], { cwd: folder, encoding: "utf8" });
    if (run.status !== 0) fail(`oxfmt cannot format the settings table: ${run.stdout}${run.stderr}`);
    return sources.map(({ name }) => readFileSync(join(folder, name), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function withinLimits(text) {
  const lines = text.split("\n").length - 1;
  return lines > 400 ? `/* oxlint-disable max-lines -- a generated table */\n${text}` : text;
}

const cell = (text) => text.replaceAll("|", "\\|");
const code = (text) => (text === "" ? "empty" : `\`${cell(text)}\``);

function docRow(row) {
  const type = row.type === "enum" ? row.values.map(code).join(", ") : row.type;
  const range = [row.min === undefined ? [] : `at least ${row.min}`, row.max === undefined ? [] : `at most ${row.max}`];
  const allowed = [type, ...range.flat()].join(", ");
  const initial = row.machineDefault ?? (row.default === null ? "NULL" : code(row.default));
  const setBy = row.owner === undefined ? (row.locked ? "nobody" : "`settings`") : `\`${row.owner}\``;
  return `| \`${row.key}\` | ${allowed} | ${initial} | ${setBy} | ${row.identity} | ${cell(row.doc)} |`;
}

function settingsDocument(groups) {
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const sections = groups.flatMap(({ namespace, rows }) => [
    `## ${namespace.prefix}`,
    "",
    "| key | values | default | set by | changes | description |",
    "|---|---|---|---|---|---|",
    ...rows.map(docRow),
    "",
  ]);
  return [
    "# Settings",
    "",
    "Generated by `tools/generate-settings.mjs`. Do not edit.",
    "",
    `There are ${total} settings. *Set by* names the profile field that alone sets a key; keys with \`settings\` are set by`,
    "their full name in the profile's `settings`. *Changes* tells what a setting can change: a plan or a result (`plan`), cost",
    "(`resource`), text (`presentation`), or a path of the computer (`machine`). `cores` is the number of processor cores.",
    "",
    ...sections,
  ].join("\n");
}

function outputs(entries, { settingsOverlay, absentSettings }) {
  const known = new Set(entries.map(({ key }) => key));
  for (const key of Object.keys(settingsOverlay)) {
    if (!known.has(key)) fail(`settings-overlay.ts describes ${key}, which the engine does not have`);
  }
  for (const key of Object.keys(absentSettings)) {
    if (known.has(key)) fail(`settings-overlay.ts says that the engine does not have ${key}, but it does`);
  }
  const rows = entries
    .map((entry) => toRow(entry, settingsOverlay[entry.key] ?? {}))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const groups = namespaces.map((namespace) => ({
    namespace,
    rows: rows.filter((row) => namespaceOf(row.key) === namespace),
  }));
  const sources = groups.map(({ namespace, rows: own }) => ({
    name: `${namespace.file}.ts`,
    text: namespaceFile(namespace, own),
  }));
  const files = formatted(sources).map((text, index) => ({
    path: `${source}/engine-settings/${sources[index].name}`,
    text: withinLimits(text),
  }));
  return [...files, { path: "docs/settings.md", text: settingsDocument(groups) }];
}

const entries = options.from === undefined ? await nativeEntries() : JSON.parse(readFileSync(options.from, "utf8"));
const files = outputs(entries, await overlayTables());
const differing = files.filter(({ path, text }) => {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, "utf8") !== text;
});
if (options.check && differing.length > 0) {
  const names = differing.map(({ path }) => `  ${path}`).join("\n");
  fail(`The settings table is behind the engine; run node tools/generate-settings.mjs:\n${names}`);
}
for (const { path, text } of differing) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
console.log(`${entries.length} settings, ${options.check ? "up to date" : `${differing.length} files written`}`);
