import { blindCast } from "./casts.ts";
import type { ConfigIssue } from "./errors.ts";
import { nameField, readText } from "./field.ts";
import { isPlainObject } from "./plain-object.ts";
import { presetNames } from "./presets.ts";
import type { Access, ProfileInput } from "./profile.ts";
import { profileConflicts } from "./profile-rules.ts";
import { field, readSection, type Section, unknownField } from "./section.ts";
import { cacheSection } from "./sections/cache.ts";
import { catalogSection } from "./sections/catalog.ts";
import { executionSection } from "./sections/execution.ts";
import { limitsSection } from "./sections/limits.ts";
import { memorySection } from "./sections/memory.ts";
import { performanceSection } from "./sections/performance.ts";
import { schemaHardeningSection } from "./sections/schema-hardening.ts";
import { settingsSection } from "./sections/settings.ts";
import { spillSection } from "./sections/spill.ts";
import { sqlSection } from "./sections/sql.ts";
import { describeValue } from "./setting-value.ts";

type Members = { readonly [K in keyof ProfileInput]-?: Section<unknown> };

const members: Members = {
  name: { schema: field(readText), names: {} },
  preset: { schema: nameField("preset", presetNames), names: {} },
  access: { schema: nameField<Access>("kind of access", ["read_write", "read_only"]), names: {} },
  execution: executionSection,
  memory: memorySection,
  spill: spillSection,
  cache: cacheSection,
  catalog: catalogSection,
  sql: sqlSection,
  schemaHardening: schemaHardeningSection,
  performance: performanceSection,
  limits: limitsSection,
  settings: settingsSection,
};

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
    const message = `Expected an object, got ${describeValue(input)}.`;
    return { fields: {}, issues: [{ code: "INVALID_VALUE", path: "", message }] };
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
    const reading = readSection(member, withoutUndefined(value), name);
    if ("issues" in reading) issues.push(...reading.issues);
    else values[name] = reading.value;
  }
  const fields = blindCast<ProfileInput, "every member was read by its section">(values);
  return { fields, issues: [...issues, ...profileConflicts(fields)] };
}
