// Puts regions of examples/ and of tested files into the README files, so that no code is typed twice:
// `<!-- snippet: path#region -->` … `<!-- /snippet -->` holds the region between `// #region name` and `// #endregion`.
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, root } from "./process.mjs";

const languages = { ".ts": "ts", ".mjs": "js", ".json": "json", ".txt": "text", ".rs": "rust", ".sql": "sql" };

const withoutIndent = (lines) => {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent));
};

function regionOf(text, { path, region }) {
  if (region === undefined) return text.trimEnd();
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const end = lines.findIndex((line, at) => at > begin && line.trim().startsWith("// #endregion"));
  if (begin < 0 || end < 0) throw new Error(`${path} has no region "${region}".`);
  return withoutIndent(lines.slice(begin + 1, end))
    .join("\n")
    .trim();
}

const marker = /<!-- snippet: ([^\s#]+)(?:#(\S+))? -->\n[\s\S]*?<!-- \/snippet -->/g;

/** The text of a document with every snippet replaced by what `read(path)` returns now. */
export function embedded(document, read) {
  return document.replaceAll(marker, (_all, path, region) => {
    const name = region === undefined ? path : `${path}#${region}`;
    const code = regionOf(read(path), { path, region });
    return `<!-- snippet: ${name} -->\n\`\`\`${languages[extname(path)] ?? ""}\n${code}\n\`\`\`\n<!-- /snippet -->`;
  });
}

function main(isCheck) {
  const documents = capture("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md", "llms.txt"]);
  const read = (path) => readFileSync(join(root, path), "utf8");
  const stale = documents.stdout.split("\n").filter((path) => path !== "" && embedded(read(path), read) !== read(path));
  for (const path of stale) {
    if (isCheck) console.error(`${path}: a snippet differs from its source; run "node tools/embed-snippets.mjs".`);
    else writeFileSync(join(root, path), embedded(read(path), read));
  }
  return isCheck && stale.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main(process.argv.includes("--check"));
