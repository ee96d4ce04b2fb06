import { canonicalJson } from "@deltafuse/config/canonical-json";
import { type SqlPolicy, narrowSqlPolicy, parseSqlPolicy } from "@deltafuse/config/sql-policy";

function unordered(names: readonly string[] | null): readonly string[] | null {
  return names === null ? null : [...new Set(names)].toSorted();
}

/** What a policy allows, as text: equal texts allow the same. */
function allowance({ name: _name, functions, parameterNames, paths, ...flags }: SqlPolicy): string {
  return canonicalJson({
    ...flags,
    allow: unordered(functions.allow),
    deny: unordered(functions.deny),
    parameterNames: unordered(parameterNames),
    read: unordered(paths.read),
    write: unordered(paths.write),
  });
}

/**
 * Takes a policy in the place of another; undefined when it allows anything that the other does not.
 *
 * Throws `CONFIG.INVALID_PROFILE` for what is no policy.
 */
export function narrowedPolicy(current: SqlPolicy, given: SqlPolicy): SqlPolicy | undefined {
  const { name, ...fields } = given;
  const read = { ...parseSqlPolicy(fields, "admin"), name };
  const narrowed = narrowSqlPolicy(current, read);
  return allowance(narrowed) === allowance(narrowSqlPolicy(read, read)) ? narrowed : undefined;
}
