import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";

/** Numbers of a linear congruence: the same data at every run of a seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

interface Data {
  readonly t: readonly object[];
  readonly u: readonly object[];
}

/** Rows with nulls, duplicates, empty lists and numbers of every sign. */
function randomData(seed: number): Data {
  const next = randomNumbers(seed);
  const maybe = <T>(value: T): T | null => (next(5) === 0 ? null : value);
  const text = (): string => ["", "a", "ab", "b%", "B_c", "größe"][next(6)] ?? "";
  const list = (): (number | null)[] => Array.from({ length: next(4) }, () => maybe(next(9) - 4));
  const t = Array.from({ length: 20 + next(60) }, (_, id) => ({
    id,
    g: maybe(next(4)),
    a: maybe(next(40) - 20),
    x: maybe(next(1000) / 8 - 60),
    s: maybe(text()),
    f: maybe(next(2) === 1),
    l: maybe(list()),
  }));
  const u = Array.from({ length: next(40) }, () => ({ g: maybe(next(6)), b: maybe(next(10)), s: maybe(text()) }));
  return { t, u: [...u, { g: 1, b: 1, s: "a" }] };
}

/** A session with the views `t` and `u` of random rows. */
async function randomTables(seed: number): Promise<Session> {
  const session = await openSession(parseProfile({ preset: "test", sql: { dialect: "duckdb" } }));
  const data = randomData(seed);
  await session.createView("t", session.fromRows(data.t));
  await session.createView("u", session.fromRows(data.u));
  return session;
}

/** A frame over `t` and `u`, and the SQL that says the same. */
export type Equivalence = readonly [name: string, build: (t: Frame, u: Frame) => Frame, sql: string];

/** Names and values of the rows, as texts in the order they come. */
export async function rowTexts(frame: Frame): Promise<readonly string[]> {
  const rows = await frame.rows({ values: "json" });
  return rows.map((row) => JSON.stringify(Object.entries(row)));
}

/** Tests over random tables of four seeds: that frames give the rows of their SQL, in any order, and `others`. */
export function describeEquivalence(cases: readonly Equivalence[], others?: (opened: () => Session) => void): void {
  describe.each([1, 2, 3, 4])("frames give what the same SQL gives, on random data %i", (seed) => {
    let session: Session;

    beforeAll(async () => {
      session = await randomTables(seed);
    });
    afterAll(() => session.close());

    it.each(cases)("%s", async (_name, build, sql) => {
      const rows = await rowTexts(build(session.table("t"), session.table("u")));
      expect(rows.toSorted()).toEqual((await rowTexts(session.sql(sql))).toSorted());
    });

    others?.(() => session);
  });
}
