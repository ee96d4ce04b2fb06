// In which order packages are published, and which of them are there already.

/** Packages so that each comes after those it depends on; those without dependencies first. */
export function dependencyOrder(packages) {
  const ordered = [];
  const add = (one) => {
    if (ordered.includes(one)) return;
    const names = Object.keys(one.manifest.dependencies ?? {});
    for (const other of packages) if (names.includes(other.name)) add(other);
    ordered.push(one);
  };
  for (const one of packages) add(one);
  return ordered;
}

/**
 * What publishing does with each package: `publish`, `skip` where the same tarball is on the registry, or a refusal where
 * another one is. `published`: integrity by name, null where the registry has none.
 */
export function publishingPlan(packages, { tarballs, published }) {
  const entries = dependencyOrder(packages).map(({ name }) => {
    const { path, integrity } = tarballs.find((one) => one.name === name);
    const known = published[name];
    return { name, path, integrity, known, action: known === null ? "publish" : "skip" };
  });
  const refusals = entries
    .filter(({ known, integrity }) => known !== null && known !== integrity)
    .map(({ name }) => ({
      what: `The registry has another ${name} of this version than the one that was packed.`,
      todo: "A version is never published twice: fix forward with the next one.",
    }));
  return { entries, refusals };
}

/** Publishes in order; what is there already is left alone. The first failure ends it, and a later call goes on. */
export async function publishAll(entries, { publish, print }) {
  for (const { name, path, action } of entries) {
    print(`${action === "skip" ? "already published" : "publishing"}: ${name}`);
    if (action === "skip") continue;
    const code = await publish(path);
    if (code !== 0) {
      print(`${name} was not published. Correct the cause and run the release again: it goes on here.`);
      return code;
    }
  }
  return 0;
}
