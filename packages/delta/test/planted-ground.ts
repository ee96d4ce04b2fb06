import type { Profile } from "@deltafuse/config/profile";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { Session } from "@deltafuse/session-core/session";

/** What the inputs are given to. */
export interface PlantedGround {
  readonly session: Session;
  readonly hooks: HookEmitter;
  readonly profile: Profile;
  readonly path: (name: string) => string;
}

/** A place that takes a secret. What it makes is looked at; it may fail. */
export interface PlantedInput {
  readonly title: string;
  /** Whether it is a plain literal or value, which does not show that it is a secret. */
  readonly isQuoted?: true;
  readonly plant: (ground: PlantedGround, secret: string) => unknown;
}

/** Locations with a secret in each place that takes one. */
export function urls(secret: string): readonly string[] {
  return [
    `s3://key:${secret}@bucket/table?X-Amz-Signature=${secret}`,
    `https://bob:${secret}@example.com/t.parquet?sig=${secret}&versionId=7`,
    `abfss://${secret}@account.dfs.core.windows.net/t?sv=1&sig=${secret}#token=${secret}`,
  ];
}

/** Texts that show that they hold a secret. */
export function texts(secret: string): readonly string[] {
  return [
    `cannot log in with password=${secret}`,
    `sent Authorization: Bearer ${secret}`,
    `AccountName=a;AccountKey=${secret};x`,
    `{"token":"${secret}"}`,
    ...urls(secret),
  ];
}

/** Runs all, one after the other, and rejects with every failure. */
export async function all(plants: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const plant of plants) {
    try {
      await plant();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures);
}

/** An error with a secret in its message and in those of its causes. */
export function errorOf(secret: string): Error {
  const [first = "", ...rest] = texts(secret);
  const cause = new Error(rest.join("; "), { cause: new Error(first) });
  return new Error(`${texts(secret).join("; ")}.`, { cause });
}
