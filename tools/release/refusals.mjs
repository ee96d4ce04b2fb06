// What stands against a release, decided from facts alone. A refusal says what is wrong and what to do about it.

const refusal = (what, todo) => ({ what, todo });
const unless = (isFine, ...words) => (isFine ? [] : [refusal(...words)]);
const short = (hash) => String(hash).slice(0, 12);

/** Step 1. `tree`: what git says of the working tree. */
export function treeRefusals(tree) {
  const { changes, branch, mainBranch, behind, hasUndescribedApi } = tree;
  return [
    ...unless(changes === "", `The tree has changes that are not committed:\n${changes}`, "Commit or remove them."),
    ...unless(
      branch === mainBranch,
      `The tree is on ${branch}, releases are made from ${mainBranch}.`,
      `Run: git switch ${mainBranch}`,
    ),
    ...unless(behind === 0, `${mainBranch} is ${behind} commits behind its remote.`, "Run: git pull --ff-only"),
    ...unless(
      !hasUndescribedApi,
      "The public API is not that of the last release, and no changeset says what replaces what.",
      "Run: node_modules/.bin/changeset",
    ),
  ];
}

/** Steps 2, 3 and 7: a command that ended. */
export const commandRefusals = (title, code, todo) => unless(code === 0, `${title} failed.`, todo);

const oldestSupported = 20;

/** Step 3. The versions of Node that tests can run on: `{major, isLts, path}`. */
export function nodeRefusals(nodes) {
  const name = "DELTAFUSE_BUILD_NODES (paths of node programs, separated as in PATH)";
  const hasOldest = nodes.some(({ major }) => major === oldestSupported);
  const hasLts = nodes.some(({ major, isLts }) => isLts && major > oldestSupported);
  return [
    ...unless(
      hasOldest,
      `The tests have to run on Node ${oldestSupported}, and none is here.`,
      `Name one with ${name}.`,
    ),
    ...unless(
      hasLts,
      "The tests have to run on the current LTS of Node, and none is here.",
      `Name one with ${name}; npx --yes --package node@<major> -- node -p process.execPath installs one and prints its path.`,
    ),
  ];
}

const longestAgeMs = 7 * 24 * 60 * 60 * 1000;
const measure = "Run: npm run bench:gate -- --profile published";

function redWorkloads({ workloads }) {
  const red = Object.entries(workloads ?? {}).filter(
    ([, { verdict }]) => !["pass", "improved", "unjudged"].includes(verdict),
  );
  return red.map(([id, { verdict, ratio, limit }]) => `  ${id}: ${verdict}, ${ratio} against ${limit}`).join("\n");
}

/** Step 4. `record`: what `results/gate.json` holds, or null; the others are of the tree, and the time. */
export function gateRefusals({ record, sourceHash, buildId, now }) {
  if (record === null) return [refusal("There is no gate record (benchmarks/results/gate.json).", measure)];
  if (record.kind !== "deltafuse.gate" || record.version !== 1 || record.suite !== "gate") {
    return [refusal("benchmarks/results/gate.json is not the record of a gate.", measure)];
  }
  const age = now - Date.parse(record.finishedAt);
  return [
    ...unless(
      record.verdict === "green",
      `The gate is not green, it is ${record.verdict}:\n${redWorkloads(record)}`,
      `Correct what it names. ${measure}`,
    ),
    ...unless(
      record.profile === "published",
      "The gate measured an extension that was not built as it is published.",
      measure,
    ),
    ...unless(
      age >= 0 && age <= longestAgeMs,
      `The gate record is stale: it is of ${record.finishedAt}, 7 days are allowed.`,
      measure,
    ),
    ...unless(
      record.sourceHash === sourceHash,
      `The gate record is stale: it is about other sources (${short(record.sourceHash)}, the tree is ${short(sourceHash)}).`,
      measure,
    ),
    ...unless(
      record.nativeBuildId === buildId,
      `The gate measured the native build ${short(record.nativeBuildId)}, the tree makes ${short(buildId)}.`,
      measure,
    ),
  ];
}

/** Step 4. The folder of the run that the record was made from, whose report is published with the release. */
export const runRefusals = (folder) =>
  unless(
    folder !== undefined,
    "The run that the gate record was made from is not in benchmarks/results, and its report belongs to the release.",
    measure,
  );

/** Step 5. What the packages are called, what changesets says, what the registry has. */
export function versionRefusals({ versions, pending, notes, published }) {
  const [version, ...others] = new Set(Object.values(versions));
  const names = Object.keys(versions);
  const present = names.filter((name) => published[name] !== null);
  const all = names.length > 0 && present.length === names.length;
  return [
    ...unless(
      others.length === 0,
      "The packages do not share one version.",
      "Run: node_modules/.bin/changeset version",
    ),
    ...unless(
      pending.length === 0,
      `Changesets are not applied yet: ${pending.map(({ name, newVersion }) => `${name} to ${newVersion}`).join(", ")}.`,
      "Run: node_modules/.bin/changeset version, commit, then npm run bench:gate -- --profile published: the version is part of what is measured.",
    ),
    ...unless(
      notes !== "",
      `The release ${version} is empty: no changeset and no changelog tells of it.`,
      "Run: node_modules/.bin/changeset",
    ),
    ...unless(
      !all,
      `The version ${version} is on the registry already, with all ${names.length} packages.`,
      "Fix forward: describe what changed with node_modules/.bin/changeset and release the next version.",
    ),
  ];
}

const megabyte = 1e6;

function binaryRefusal(binary, { buildId, contract, budget }) {
  const { triple, path } = binary;
  const build = "Run: node tools/native-build.mjs --publish, on a machine of this target or for it.";
  if (!binary.isPresent) return [refusal(`The binary of ${triple} is missing: ${path}.`, build)];
  const { bytes, gzipBytes, hasBuildId, loaded } = binary;
  return [
    ...unless(hasBuildId, `${path} is not the build ${short(buildId)} that the tree makes.`, build),
    ...unless(
      bytes <= budget.bytes && gzipBytes <= budget.gzipBytes,
      `${path} has ${Math.ceil(bytes / megabyte)} MB, compressed ${Math.ceil(gzipBytes / megabyte)} MB; ` +
        `${budget.bytes / megabyte} and ${budget.gzipBytes / megabyte} are allowed.`,
      "See what became larger: npm run bench -- --filter size",
    ),
    ...unless(
      loaded === null || loaded.contract === contract,
      `${path} does not have the contract of native/contract.json.`,
      build,
    ),
    ...unless(
      loaded === null || !loaded.features.includes("testing"),
      `${path} was built with the feature "testing", which no user gets.`,
      build,
    ),
  ];
}

/** Step 6. One binary for each target of `napi.targets`, and what they have to be. */
export function binaryRefusals({ binaries, ...wanted }) {
  return binaries.flatMap((binary) => binaryRefusal(binary, wanted));
}

const unwanted = [/(^|\/)test\//, /\.tsbuildinfo$/, /(^|\/)node_modules\//, /(^|\/)crates\//];
const largestBytes = 10 * megabyte;

/** Step 7. What the tarballs hold: `{name, files, unpackedBytes}`. */
export function tarballRefusals(tarballs, { binaryNames }) {
  return tarballs.flatMap(({ name, files, unpackedBytes }) => {
    const wrong = files.filter((file) => unwanted.some((pattern) => pattern.test(file)));
    const isNative = name === "@deltafuse/native";
    const missing = isNative ? binaryNames.filter((one) => !files.includes(one)) : [];
    const list = 'Correct "files" of its package.json.';
    return [
      ...unless(wrong.length === 0, `The tarball of ${name} holds ${wrong.join(", ")}.`, list),
      ...unless(missing.length === 0, `The tarball of ${name} lacks ${missing.join(", ")}.`, list),
      ...unless(
        isNative || unpackedBytes <= largestBytes,
        `${name} has ${Math.ceil(unpackedBytes / megabyte)} MB unpacked, ${largestBytes / megabyte} are allowed.`,
        list,
      ),
    ];
  });
}
