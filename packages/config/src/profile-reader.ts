import { blindCast } from "./casts.ts";
import type { ConfigIssue } from "./errors.ts";
import { nameField, readText } from "./field.ts";
import { isPlainObject } from "./plain-object.ts";
import { presetNames } from "./presets.ts";
import type { Access, Determinism, ProfileInput } from "./profile.ts";
import { profileConflicts } from "./profile-rules.ts";
import { field, type FieldNames, type Section, unknownField } from "./section.ts";
import { cacheSection } from "./sections/cache.ts";
import { catalogSection } from "./sections/catalog.ts";
import { diagnosticsSection } from "./sections/diagnostics.ts";
import { executionSection } from "./sections/execution.ts";
import { featuresSection } from "./sections/features.ts";
import { joinSection } from "./sections/join.ts";
import { limitsSection } from "./sections/limits.ts";
import { memorySection } from "./sections/memory.ts";
import { outputSection } from "./sections/output.ts";
import { performanceSection } from "./sections/performance.ts";
import { preparedSection } from "./sections/prepared.ts";
import { schemaHardeningSection } from "./sections/schema-hardening.ts";
import { settingsSection } from "./sections/settings.ts";
import { spillSection } from "./sections/spill.ts";
import { sqlSection } from "./sections/sql.ts";
import { expected } from "./setting-value.ts";

/** Where fields are, by the last part of their path in lower case. */
function placesOf(members: Members): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const visit = (names: FieldNames, path: string): void => {
    for (const [name, inner] of Object.entries(names)) {
      if (!places.has(name.toLowerCase())) places.set(name.toLowerCase(), `${path}.${name}`);
      visit(inner, `${path}.${name}`);
    }
  };
  for (const [name, { names }] of Object.entries(members)) visit(names, name);
  return places;
}

/** Names the field that has the name of one that does not exist. */
function withPlace(issue: ConfigIssue): ConfigIssue {
  if (issue.code !== "UNKNOWN_FIELD" || issue.suggestion !== undefined) return issue;
  const place = places.get(issue.path.slice(issue.path.lastIndexOf(".") + 1).toLowerCase());
  return place === undefined ? issue : { ...issue, message: "There is no such field.", suggestion: place };
}

type Members = { readonly [K in keyof ProfileInput]-?: Section<unknown> };

const members: Members = {
  name: field(readText),
  preset: nameField("preset", presetNames),
  access: nameField<Access>("kind of access", ["read_write", "read_only"]),
  determinism: nameField<Determinism>("determinism", ["fast", "stable", "canonical"]),
  execution: executionSection,
  output: outputSection,
  memory: memorySection,
  spill: spillSection,
  cache: cacheSection,
  catalog: catalogSection,
  sql: sqlSection,
  features: featuresSection,
  join: joinSection,
  schemaHardening: schemaHardeningSection,
  performance: performanceSection,
  limits: limitsSection,
  diagnostics: diagnosticsSection,
  prepared: preparedSection,
  settings: settingsSection,
};

const places = placesOf(members);

/** What was read from a profile: the fields that are right, with sizes in bytes and durations in milliseconds. */
export interface ProfileReading {
  readonly fields: ProfileInput;
  readonly issues: readonly ConfigIssue[];
}

function withoutUndefined(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([key, member]) => [key, withoutUndefined(member)]));
}

/** Reads a profile, collects every issue, and judges the conflicts between the fields that could be read. */
export function readProfile(input: unknown): ProfileReading {
  if (!isPlainObject(input)) {
    return { fields: {}, issues: [{ ...expected("an object", input).refusal, path: "" }] };
  }
  const issues: ConfigIssue[] = [];
  const values: Record<string, unknown> = {};
  const known: ReadonlyMap<string, Section<unknown>> = new Map(Object.entries(members));
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const member = known.get(name);
    if (member === undefined) {
      issues.push(unknownField(name, [...known.keys()]));
      continue;
    }
    const reading = member.read(withoutUndefined(value), name);
    if ("issues" in reading) issues.push(...reading.issues);
    else values[name] = reading.value;
  }
  const fields = blindCast<ProfileInput, "every member was read by its section">(values);
  return { fields, issues: [...issues.map(withPlace), ...profileConflicts(fields)] };
}
