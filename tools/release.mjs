// `npm run release`: everything that has to be true of a release, one step after the other, then publishing. It stops at the
// first step that something stands against, and says what to do. With --dry-run nothing is published.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { publishedPackages } from "./packing.mjs";
import { root, spell } from "./process.mjs";
import { gateRecord } from "./release/gate-run.mjs";
import { npmRegistry } from "./release/registry.mjs";
import { publishAll } from "./release/publishing.mjs";
import { releaseText } from "./release/release-text.mjs";
import { repositoryCommands, steps } from "./release/steps.mjs";
import { tagRelease } from "./release/tree.mjs";

async function performed([title, step], { number, release, print }) {
  const started = Date.now();
  print(`\n== ${number} ${title}`);
  const refusals = await step(release);
  for (const { what, todo } of refusals) print(`REFUSED: ${what}\n  ${todo}`);
  if (refusals.length === 0) print(`ok: ${title}, ${spell(Date.now() - started)}`);
  return refusals.length === 0;
}

/** The release notes and the report of the benchmarks, in a folder of the results. */
function attachments({ repository, version, notes, report }) {
  const results = join(repository, "benchmarks", "results");
  const folder = join(results, `release-${version}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "notes.md"), releaseText({ record: gateRecord(repository), version, notes }));
  copyFileSync(report, join(folder, "benchmarks.html"));
  return folder;
}

async function publishing(release, print) {
  const { repository, registry, version, plan } = release;
  print("\n== 8 publish");
  const code = await publishAll(plan, { publish: registry.publish, print });
  if (code !== 0) return code;
  print("\n== 9 tag");
  print(`Release notes and the benchmark report: ${attachments(release)}`);
  return tagRelease(repository, version);
}

/**
 * Goes through a release; the exit code. `commands` and `registry` are what it runs and asks, `now` the time in ms, `print`
 * takes the lines.
 */
export async function performRelease({ repository, isDryRun, commands, registry, now, print }) {
  const packages = publishedPackages(repository);
  const version = packages[0].manifest.version;
  const scratch = mkdtempSync(join(tmpdir(), "deltafuse-release-"));
  const release = { repository, packages, version, commands, registry, now, scratch };
  try {
    print(`Release ${version}${isDryRun ? ", as a rehearsal: nothing is published" : ""}`);
    for (const [at, step] of steps.entries()) {
      if (!(await performed(step, { number: at + 1, release, print }))) return 1;
    }
    if (!isDryRun) return await publishing(release, print);
    print("\nThis would be published, in this order:");
    for (const { name, action, integrity } of release.plan) print(`  ${action}  ${name}@${version}  ${integrity}`);
    print(`Then the tag v${version}, with these notes:\n\n${release.notes}`);
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main(args) {
  const unknown = args.find((arg) => arg !== "--dry-run");
  if (unknown !== undefined) {
    console.error(`Usage: npm run release -- [--dry-run], not ${unknown}. There is no way around a step.`);
    return 2;
  }
  return performRelease({
    repository: root,
    isDryRun: args.includes("--dry-run"),
    commands: repositoryCommands(root),
    registry: npmRegistry({ cwd: root, flags: ["--provenance"] }),
    now: Date.now(),
    print: (line) => console.log(line),
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main(process.argv.slice(2));
