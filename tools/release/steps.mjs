// The steps of a release before anything is published: each reads its facts, and what stands against it is decided in
// refusals.mjs.
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildId } from "../native/build-id.mjs";
import { packInto } from "../packing.mjs";
import { capture, run } from "../process.mjs";
import { sourceHash } from "../source-hash.mjs";
import { readBinaries, stagedNative, wantedOfBinaries } from "./binaries.mjs";
import { gateRecord, runOf } from "./gate-run.mjs";
import { publishingPlan } from "./publishing.mjs";
import {
  binaryRefusals,
  commandRefusals,
  gateRefusals,
  nodeRefusals,
  runRefusals,
  tarballRefusals,
  treeRefusals,
  versionRefusals,
} from "./refusals.mjs";
import { readTarball } from "./tarball.mjs";
import { pendingReleases, readTree, releaseNotes } from "./tree.mjs";

const askForNode = `const [major] = process.versions.node.split("."); console.log(JSON.stringify({
  major: Number(major), isLts: process.release.lts !== undefined, path: process.execPath }))`;

/** The programs of node that tests run on: this one, and those that DELTAFUSE_BUILD_NODES names. */
function nodePrograms() {
  const others = (process.env.DELTAFUSE_BUILD_NODES ?? "").split(delimiter).filter((path) => path !== "");
  return [process.execPath, ...others].map((path) => {
    const { code, stdout, text } = capture(path, ["--eval", askForNode]);
    if (code !== 0) throw new Error(`${path} of DELTAFUSE_BUILD_NODES does not run:\n${text}`);
    return JSON.parse(stdout);
  });
}

/** The commands that a release runs, in a repository; exit codes. */
export function repositoryCommands(repository) {
  const tool = (node, args) => {
    const env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
    return run(node, args, { cwd: repository, env });
  };
  return {
    nodes: nodePrograms,
    check: () => tool(process.execPath, ["tools/run.mjs", "check"]),
    test: ({ path }) => tool(path, ["tools/run.mjs", "test"]),
    packages: (folder) => tool(process.execPath, ["tools/check-packages.mjs", folder]),
    consumer: (folder) => tool(process.execPath, ["tools/consumer.mjs", folder]),
    report: (folder) => tool(process.execPath, ["tools/run.mjs", "bench:report", folder]),
  };
}

async function testRefusals({ commands }) {
  const nodes = commands.nodes();
  const missing = nodeRefusals(nodes);
  if (missing.length > 0) return missing;
  for (const node of nodes) {
    const refusals = commandRefusals(
      `npm test on Node ${node.major}`,
      await commands.test(node),
      "Correct what it names.",
    );
    if (refusals.length > 0) return refusals;
  }
  return [];
}

async function gateStep(release) {
  const { repository, commands, now } = release;
  const record = gateRecord(repository);
  const about = { sourceHash: sourceHash(repository), buildId: buildId(repository, "published"), now };
  const found = gateRefusals({ record, ...about });
  if (found.length > 0) return found;
  const folder = runOf(record, repository);
  const missing = runRefusals(folder);
  if (missing.length > 0) return missing;
  release.report = join(folder, "report.html");
  return commandRefusals("npm run bench:report", await commands.report(folder), "Correct what it names.");
}

async function publishedOf({ registry, packages, version }) {
  const entries = packages.map(async ({ name }) => [name, await registry.integrityOf(name, version)]);
  return Object.fromEntries(await Promise.all(entries));
}

async function versionStep(release) {
  const { repository, packages, version } = release;
  release.published = await publishedOf(release);
  release.notes = releaseNotes(repository, { version, packages });
  const versions = Object.fromEntries(packages.map(({ name, manifest }) => [name, manifest.version]));
  const { notes, published } = release;
  return versionRefusals({ versions, pending: pendingReleases(repository), notes, published });
}

async function binaryStep(release) {
  const { repository } = release;
  const id = buildId(repository, "published");
  release.binaries = await readBinaries(repository, id);
  return binaryRefusals({ binaries: release.binaries, buildId: id, ...wantedOfBinaries(repository) });
}

async function packStep(release) {
  const { packages, binaries, published, commands, scratch } = release;
  const folder = join(scratch, "tarballs");
  mkdirSync(folder);
  const tarballs = packages.map((one) =>
    readTarball(one.name, packInto(folder, one.name === "@deltafuse/native" ? stagedNative(one, binaries) : one)),
  );
  const found = tarballRefusals(tarballs, { binaryNames: binaries.map(({ name }) => name) });
  if (found.length > 0) return found;
  const judged = commandRefusals("publint or attw", await commands.packages(folder), "Correct what it names.");
  if (judged.length > 0) return judged;
  const used = commandRefusals("The packages as npm installs them", await commands.consumer(folder), "See above.");
  if (used.length > 0) return used;
  const plan = publishingPlan(packages, { tarballs, published });
  release.plan = plan.entries;
  return plan.refusals;
}

/** Steps 1 to 7. Each takes the release, adds what later steps need, and resolves with what stands against it. */
export const steps = [
  ["tree", ({ repository }) => treeRefusals(readTree(repository))],
  ["check", async ({ commands }) => commandRefusals("npm run check", await commands.check(), "Correct what it names.")],
  ["tests", testRefusals],
  ["gate", gateStep],
  ["version", versionStep],
  ["binaries", binaryStep],
  ["pack", packStep],
];
