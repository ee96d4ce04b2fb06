// Under which licences the crates of the native extension may be used.
const permitted = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "bzip2-1.0.6",
  "CC0-1.0",
  "CDLA-Permissive-2.0",
  "ISC",
  "MIT",
  "MIT-0",
  // It asks for the sources of the crate alone, which are published as they are.
  "MPL-2.0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/** Whether an SPDX expression leaves a choice that is permitted. Old manifests write `/` for `OR`. */
export function isPermitted(expression) {
  const tokens = expression.match(/[()/]|[^\s()/]+/g) ?? [];
  const take = (...wanted) => (wanted.includes(tokens[0]) ? tokens.shift() : undefined);
  const single = () => {
    if (take("(") !== undefined) {
      const inner = either();
      return take(")") !== undefined && inner;
    }
    const name = tokens.shift();
    return permitted.has(take("WITH") === undefined ? name : `${name} WITH ${tokens.shift()}`);
  };
  const each = () => {
    let isFine = single();
    while (take("AND") !== undefined) isFine = single() && isFine;
    return isFine;
  };
  const either = () => {
    let isFine = each();
    while (take("OR", "/") !== undefined) isFine = each() || isFine;
    return isFine;
  };
  const isFine = either();
  return isFine && tokens.length === 0;
}

/** What stands against the crates that `cargo metadata` lists: one sentence each. */
export function licenceComplaints(crates) {
  return crates
    .filter(({ license }) => license === null || !isPermitted(license))
    .map(({ name, version, license }) => {
      const under = license === null ? "states no licence" : `is under ${license}`;
      return `The crate ${name} ${version} ${under}: use another one, or permit it in tools/crate-licences.mjs.`;
    });
}
