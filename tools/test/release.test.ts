import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { readEnv } from "../../packages/config/src/env.ts";
import { buildId } from "../native/build-id.mjs";
import { root } from "../process.mjs";
import { performRelease } from "../release.mjs";
import { npmRegistry } from "../release/registry.mjs";
import { gateRefusals, nodeRefusals, tarballRefusals } from "../release/refusals.mjs";
import { dependencyOrder } from "../release/publishing.mjs";
import { repositoryCommands } from "../release/steps.mjs";
import { type FakeRegistry, fakeRegistry } from "./fake-registry.ts";
import { gateRun, type ReleasedRepository, releasedRepository, textIn } from "./released-repository.ts";

// Each release runs git, pnpm and npm as processes, which take long on a machine that is busy.
vi.setConfig({ testTimeout: 240_000 });

const packages = ["@deltafuse/native", "@deltafuse/config", "@deltafuse/hooks"];
const publishingOrder = ["@deltafuse/config", "@deltafuse/native", "@deltafuse/hooks"];

interface Outcome {
  readonly code: number;
  readonly text: string;
}

interface Changes {
  readonly isDryRun?: boolean;
  readonly commands?: object;
}

const nodes = () => [
  { major: 20, isLts: true, path: "node" },
  { major: 24, isLts: true, path: "node" },
];
const green = () => Promise.resolve(0);
/** Makes the report of a run, as the benchmarks do. */
const report = (run: string) => {
  writeFileSync(join(run, "report.html"), `<h1>${basename(run)}</h1>`);
  return Promise.resolve(0);
};

/** What a release asks of a registry. */
type Registry = ReturnType<typeof npmRegistry>;

const throughNpm = (repository: ReleasedRepository, { env }: FakeRegistry): Registry =>
  npmRegistry({ cwd: repository.directory, env });

/** A registry that has these packages, and takes none. */
const having = (integrities: Readonly<Record<string, string>>): Registry => ({
  integrityOf: (name: string) => Promise.resolve(integrities[name] ?? null),
  publish: () => Promise.reject(new Error("nothing is to be published")),
});

/** A release whose commands (check, tests, report, consumer) succeed unless they are said to do something else. */
async function release(
  repository: ReleasedRepository,
  registry: Registry,
  { isDryRun = true, commands = {} }: Changes = {},
): Promise<Outcome> {
  const lines: string[] = [];
  const code = await performRelease({
    repository: repository.directory,
    isDryRun,
    commands: { nodes, check: green, test: green, packages: green, consumer: green, report, ...commands },
    registry,
    now: Date.parse("2026-01-05T00:00:00Z"),
    print: (line: string) => lines.push(line),
  });
  return { code, text: lines.join("\n") };
}

/** The line that refuses, and the one that says what to do. */
const refused = ({ code, text }: Outcome): readonly [number, string | undefined, string | undefined] => {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith("REFUSED: "));
  return [code, lines[at], lines.slice(at + 1).find((line) => line.startsWith("  ") && !line.startsWith("  small"))];
};

describe("a release that nothing stands against", () => {
  it("is rehearsed without publishing, then published in the order of dependencies, tagged and described", async () => {
    using repository = releasedRepository();
    await using registry = await fakeRegistry();
    const npm = throughNpm(repository, registry);
    const { packages: judged } = repositoryCommands(root);
    const rehearsal = await release(repository, npm, { commands: { packages: judged } });
    expect(rehearsal).toMatchObject({ code: 0 });
    const planned = [...rehearsal.text.matchAll(/^ {2}publish {2}(\S+)@0\.1\.0 {2}sha512-/gm)].map(([, name]) => name);
    expect(planned).toEqual(publishingOrder);
    expect(rehearsal.text).toContain("The first packages.");
    expect([registry.published, repository.git("tag")]).toEqual([[], ""]);

    expect(await release(repository, npm, { isDryRun: false })).toMatchObject({ code: 0 });
    expect(registry.published).toEqual(publishingOrder);
    expect(repository.git("ls-remote", "--tags", "origin")).toContain("refs/tags/v0.1.0");
    const notes = textIn(repository.directory, "benchmarks/results/release-0.1.0/notes.md");
    expect(notes).toContain("| small.select-42 | pass | 1.10 | 1.50 |");
    const attached = textIn(repository.directory, "benchmarks/results/release-0.1.0/benchmarks.html");
    expect(attached).toBe(`<h1>${gateRun}</h1>`);
  });

  it("goes on where publishing stopped, and publishes nothing twice", async () => {
    using repository = releasedRepository();
    await using registry = await fakeRegistry();
    const npm = throughNpm(repository, registry);
    registry.refuse("@deltafuse/native");
    const stopped = await release(repository, npm, { isDryRun: false });
    expect([stopped.code, registry.published, repository.git("tag")]).toEqual([1, ["@deltafuse/config"], ""]);
    expect(stopped.text).toContain("@deltafuse/native was not published.");
    registry.refuse(null);
    const resumed = await release(repository, npm, { isDryRun: false });
    expect(resumed.code).toBe(0);
    expect(resumed.text).toContain("already published: @deltafuse/config");
    expect(registry.published).toEqual(publishingOrder);
  });
});

describe("a release is refused", () => {
  it.each([
    [
      "with a dirty tree",
      (one: ReleasedRepository) => one.write("packages/config/dist/brand.js", "export const brand = 2;\n"),
      "REFUSED: The tree has changes that are not committed:",
      "  Commit or remove them.",
    ],
    [
      "from another branch",
      (one: ReleasedRepository) => one.git("switch", "--quiet", "--create", "side"),
      "REFUSED: The tree is on side, releases are made from main.",
      "  Run: git switch main",
    ],
    [
      "behind its remote",
      (one: ReleasedRepository) => {
        one.write("packages/config/dist/brand.js", "export const brand = 2;\n");
        one.commit();
        one.git("reset", "--quiet", "--hard", "HEAD~1");
      },
      "REFUSED: main is 1 commits behind its remote.",
      "  Run: git pull --ff-only",
    ],
    [
      "with a changed public API that nothing tells of",
      (one: ReleasedRepository) => {
        one.write("docs/api/surface.json", "{}\n");
        one.commit();
        one.git("tag", "v0.0.9");
        one.write("docs/api/surface.json", "[]\n");
        one.commit();
      },
      "REFUSED: The public API is not that of the last release, and no changeset says what replaces what.",
      "  Run: node_modules/.bin/changeset",
    ],
    [
      "without a gate record",
      (one: ReleasedRepository) => one.gate({ kind: "something else" }),
      "REFUSED: benchmarks/results/gate.json is not the record of a gate.",
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a red gate",
      (one: ReleasedRepository) =>
        one.gate({
          verdict: "regression",
          workloads: { "small.select-42": { verdict: "regression", ratio: 2, limit: 1 } },
        }),
      "REFUSED: The gate is not green, it is regression:",
      "  Correct what it names. Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a gate record about an extension of a clone",
      (one: ReleasedRepository) => one.gate({ profile: "release" }),
      "REFUSED: The gate measured an extension that was not built as it is published.",
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a gate record that is too old",
      (one: ReleasedRepository) => one.gate({ finishedAt: "2025-12-28T00:00:00Z" }),
      "REFUSED: The gate record is stale: it is of 2025-12-28T00:00:00Z, 7 days are allowed.",
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a gate record about other sources",
      (one: ReleasedRepository) => {
        one.write("packages/config/dist/brand.js", "export const brand = 2;\n");
        one.commit();
      },
      expect.stringMatching(
        /^REFUSED: The gate record is stale: it is about other sources \(\w{12}, the tree is \w{12}\)/,
      ),
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a gate record about another native build",
      (one: ReleasedRepository) => one.gate({ nativeBuildId: "0".repeat(64) }),
      expect.stringMatching(/^REFUSED: The gate measured the native build 000000000000, the tree makes \w{12}\.$/),
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "without the run that the gate record was made from",
      (one: ReleasedRepository) => rmSync(join(one.directory, "benchmarks/results", gateRun), { recursive: true }),
      "REFUSED: The run that the gate record was made from is not in benchmarks/results, and its report belongs to the release.",
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a run that is not the one of the gate record",
      (one: ReleasedRepository) =>
        one.write(
          `benchmarks/results/${gateRun}/run.json`,
          JSON.stringify({
            call: { command: "gate" },
            entries: [{ id: "small.select-42", verdict: "pass", ratio: 1.2, limit: 1.5 }],
          }),
        ),
      expect.stringMatching(/^REFUSED: The run that the gate record was made from is not in benchmarks/),
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with changesets that are not applied",
      (one: ReleasedRepository) => {
        one.write(".changeset/second.md", `---\n"@deltafuse/config": minor\n---\n\nReplace a with b.\n`);
        one.commit();
      },
      expect.stringMatching(/^REFUSED: Changesets are not applied yet: @deltafuse\/config to 0\.2\.0/),
      expect.stringContaining("changeset version"),
    ],
    [
      "when nothing tells of the version",
      (one: ReleasedRepository) => {
        one.git("rm", "--quiet", ".changeset/first.md");
        one.commit();
      },
      "REFUSED: The release 0.1.0 is empty: no changeset and no changelog tells of it.",
      "  Run: node_modules/.bin/changeset",
    ],
    [
      "without a binary",
      (one: ReleasedRepository) => one.build(null),
      expect.stringMatching(/^REFUSED: The binary of x86_64-unknown-linux-gnu is missing: .*linux-x64-gnu\.node\.$/),
      expect.stringContaining("tools/native-build.mjs"),
    ],
    [
      "with a binary of another build",
      (one: ReleasedRepository) => one.build({ buildId: "0".repeat(64) }),
      expect.stringMatching(/^REFUSED: .*linux-x64-gnu\.node is not the build \w{12} that the tree makes\.$/),
      expect.stringContaining("tools/native-build.mjs"),
    ],
    [
      "with a gate record about the build of a clone",
      (one: ReleasedRepository) => one.gate({ nativeBuildId: buildId(one.directory) }),
      expect.stringMatching(/^REFUSED: The gate measured the native build \w{12}, the tree makes \w{12}\.$/),
      "  Run: npm run bench:gate -- --profile published",
    ],
    [
      "with a binary that was built as for a clone",
      (one: ReleasedRepository) => one.build({ buildId: buildId(one.directory) }),
      expect.stringMatching(/^REFUSED: .*linux-x64-gnu\.node is not the build \w{12} that the tree makes\.$/),
      expect.stringContaining("tools/native-build.mjs"),
    ],
    [
      "with a binary of another contract",
      (one: ReleasedRepository) => one.build({ contractVersion: 2 }),
      expect.stringContaining("does not have the contract of native/contract.json."),
      expect.stringContaining("tools/native-build.mjs"),
    ],
    [
      "with a binary made for tests",
      (one: ReleasedRepository) => one.build({ features: ["delta", "testing"] }),
      expect.stringContaining('was built with the feature "testing"'),
      expect.stringContaining("tools/native-build.mjs"),
    ],
    [
      "with a binary over its budget",
      (one: ReleasedRepository) => one.build({ filling: "x".repeat(1_000_001) }),
      expect.stringContaining("has 2 MB, compressed 1 MB; 1 and 0.5 are allowed."),
      "  See what became larger: npm run bench -- --filter size",
    ],
  ])("%s", async (_when, spoil, what, todo) => {
    using repository = releasedRepository();
    spoil(repository);
    expect(refused(await release(repository, having({}), { isDryRun: false }))).toEqual([1, what, todo]);
    expect(repository.git("ls-remote", "origin", "v0.1.0")).toBe("");
  });

  it("when publint or attw have something against a package", async () => {
    using repository = releasedRepository();
    repository.git("rm", "--quiet", "packages/config/dist/brand.js");
    repository.commit();
    repository.gate();
    const { packages: judged } = repositoryCommands(root);
    const outcome = await release(repository, having({}), { commands: { packages: judged } });
    expect(refused(outcome)[1]).toBe("REFUSED: publint or attw failed.");
  });

  it("when the version is on the registry already", async () => {
    using repository = releasedRepository();
    await using registry = await fakeRegistry();
    for (const name of packages) registry.put(name, "0.1.0", "sha512-AAAA");
    expect(refused(await release(repository, throughNpm(repository, registry)))).toEqual([
      1,
      "REFUSED: The version 0.1.0 is on the registry already, with all 3 packages.",
      expect.stringContaining("Fix forward"),
    ]);
  });

  it("when the registry has something else under this version", async () => {
    using repository = releasedRepository();
    const registry = having({ "@deltafuse/config": "sha512-AAAA" });
    expect(refused(await release(repository, registry))).toEqual([
      1,
      "REFUSED: The registry has another @deltafuse/config of this version than the one that was packed.",
      "  A version is never published twice: fix forward with the next one.",
    ]);
  });

  it.each([
    ["check", "npm run check failed."],
    ["test", "npm test on Node 20 failed."],
    ["report", "npm run bench:report failed."],
    ["packages", "publint or attw failed."],
    ["consumer", "The packages as npm installs them failed."],
  ])("when %s fails", async (command, what) => {
    using repository = releasedRepository();
    const commands = { [command]: () => Promise.resolve(1) };
    expect(refused(await release(repository, having({}), { commands }))[1]).toBe(`REFUSED: ${what}`);
  });
});

describe("what is decided from facts alone", () => {
  it("asks for a gate record", () => {
    expect(gateRefusals({ record: null, sourceHash: "", buildId: "", now: 0 })).toEqual([
      {
        what: "There is no gate record (benchmarks/results/gate.json).",
        todo: "Run: npm run bench:gate -- --profile published",
      },
    ]);
  });

  it("finds versions of Node in a variable that sessions leave alone", () => {
    vi.stubEnv("DELTAFUSE_BUILD_NODES", process.execPath);
    const major = Number(process.versions.node.split(".")[0]);
    const known = { major, isLts: process.release.lts !== undefined, path: process.execPath };
    expect(repositoryCommands(root).nodes()).toEqual([known, known]);
    expect(readEnv(process.env).patch).toEqual({});
    vi.unstubAllEnvs();
  });

  it("asks for both versions of Node", () => {
    const node = (major: number, isLts: boolean) => ({ major, isLts, path: "node" });
    const counts = [[node(20, true)], [node(24, true)], [node(20, true), node(25, false)], nodes()].map(
      (some) => nodeRefusals(some).length,
    );
    expect(counts).toEqual([1, 1, 1, 0]);
  });

  it("looks into tarballs", () => {
    const tarball = (name: string, files: readonly string[], unpackedBytes: number) => ({ name, files, unpackedBytes });
    const some = [
      tarball("@deltafuse/config", ["dist/a.js", "test/a.test.ts"], 100),
      tarball("@deltafuse/native", ["binding.js"], 100_000_000),
      tarball("@deltafuse/hooks", ["dist/a.js"], 11_000_000),
    ];
    expect(tarballRefusals(some, { binaryNames: ["a.node"] }).map(({ what }: { what: string }) => what)).toEqual([
      "The tarball of @deltafuse/config holds test/a.test.ts.",
      "The tarball of @deltafuse/native lacks a.node.",
      "@deltafuse/hooks has 11 MB unpacked, 10 are allowed.",
    ]);
  });

  it("puts packages behind those they depend on", () => {
    const one = (name: string, ...needs: readonly string[]) => ({
      name,
      manifest: { dependencies: Object.fromEntries(needs.map((need) => [need, "1"])) },
    });
    const ordered = dependencyOrder([one("a", "c", "zod"), one("b"), one("c", "b")]);
    expect(ordered.map(({ name }: { name: string }) => name)).toEqual(["b", "c", "a"]);
  });
});
