// What Cargo.lock says about some packages and everything they use.

const field = (block, name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(block)?.[1];

function packageOf(block) {
  const list = /^dependencies = \[([^\]]*)\]/m.exec(block)?.[1] ?? "";
  const dependencies = [...list.matchAll(/"([^" ]+)(?: ([^" ]+))?[^"]*"/g)];
  return {
    block: block.trim(),
    name: field(block, "name"),
    version: field(block, "version"),
    dependencies: dependencies.map(([, name, version]) => ({ name, version })),
  };
}

/** The entries of the named packages and of all they depend on, in the order of the file. */
export function lockedPackages(text, names) {
  const packages = text.split("[[package]]").slice(1).map(packageOf);
  const used = new Set();
  const waiting = names.map((name) => ({ name }));
  while (waiting.length > 0) {
    const wanted = waiting.pop();
    // A dependency carries its version only where the name alone would not tell.
    const found = packages.filter(
      (one) => one.name === wanted.name && (wanted.version === undefined || one.version === wanted.version),
    );
    if (found.length === 0) throw new Error(`Cargo.lock has no package ${wanted.name} ${wanted.version ?? ""}`);
    for (const one of found) {
      if (used.has(one)) continue;
      used.add(one);
      waiting.push(...one.dependencies);
    }
  }
  return packages.filter((one) => used.has(one)).map(({ block }) => block);
}
