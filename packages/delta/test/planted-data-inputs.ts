import { registerDataset } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import { validateFrame } from "@deltafuse/schema/validate";
import { registerFunction } from "@deltafuse/udf/registry";
import { defineScalar } from "@deltafuse/udf/scalar-function";
import { createTable } from "../src/create.ts";
import { deleteRows } from "../src/delete.ts";
import { mergeTable, upsertRows } from "../src/merge.ts";
import { readTable } from "../src/scan.ts";
import { writeTable } from "../src/write.ts";
import { all, errorOf, type PlantedInput, texts, urls } from "./planted-ground.ts";

const rows = { rows: [{ n: 1, name: "one" }] };

/** Inputs of datasets, files, rows and functions. */
export const dataInputs: readonly PlantedInput[] = [
  {
    title: "locations of datasets",
    plant: ({ session, path }, secret) =>
      all(
        [...urls(secret), `file://${path("lost")}?sig=${secret}`, `file://bob:${secret}@localhost/lost`].flatMap(
          (url) => [
            () => registerDataset(session, "lost", url),
            () => registerDataset(session, "lost", { uri: url, format: "parquet" }),
            () => registerDataset(session, "lost", { uri: path("lost"), files: [url] }),
            () => writeDataset(session, { source: rows, target: url }),
            () => readTable(session, { location: url }),
            () => writeTable(session, { location: url }, { source: rows, mode: "append" }),
          ],
        ),
      ),
  },
  {
    title: "options of datasets",
    plant: ({ session, path }, secret) =>
      all([
        () => registerDataset(session, "lost", { uri: path("x.parquet"), provider: { password: secret } }),
        () => registerDataset(session, "lost", { uri: path("x"), format: "delta", provider: { accessKey: secret } }),
        () => registerDataset(session, "lost", { uri: path("x.csv"), scan: { csv: { password: secret } } } as never),
        () => writeDataset(session, { source: rows, target: path("y.parquet"), password: secret } as never),
        () => writeDataset(session, { source: rows, target: path("y.parquet"), format: secret } as never),
      ]),
  },
  {
    title: "values of files and of rows",
    isQuoted: true,
    plant: async ({ session, path }, secret) => {
      await writeDataset(session, { source: { rows: [{ id: secret }] }, target: path("secret.csv") });
      const wrong = table("wrong", { id: int64() });
      const spec = table("few", { id: utf8().notNull() }, { key: ["id"] });
      const twice = [{ id: secret }, { id: secret }];
      await all([
        async () => {
          await registerDataset(session, "secret", { uri: path("secret.csv"), schema: wrong });
          await session.sql("SELECT * FROM secret").rows();
        },
        () => validateFrame(session.fromRows(twice), spec, { mode: "report" }),
        () => validateFrame(session.fromRows(twice), spec, { mode: "throw" } as never),
        () => session.fromRows([{ id: 1 }, { id: secret }]).rows(),
      ]);
    },
  },
  {
    title: "errors of functions",
    plant: async ({ session }, secret) => {
      const call = (): never => {
        throw errorOf(secret);
      };
      await registerFunction(session, defineScalar({ name: "doomed", args: { n: "int64" }, returns: "int64", call }));
      await session.sql("SELECT doomed(value) FROM range(3)").rows();
    },
  },
  {
    title: "values that functions take and return",
    isQuoted: true,
    plant: async ({ session }, secret) => {
      const call = (): never => secret as never;
      await registerFunction(session, defineScalar({ name: "wrong", args: { n: "int64" }, returns: "int64", call }));
      await all([
        () => session.sql("SELECT wrong(value) FROM range(3)").rows(),
        () => session.sql(`SELECT wrong('${secret}')`).rows(),
      ]);
    },
  },
];

/** Inputs of Delta tables. */
export const deltaInputs: readonly PlantedInput[] = [
  {
    title: "metadata of commits",
    plant: async ({ session, path }, secret) => {
      const metadata = { password: secret, note: texts(secret).join(" "), deep: { apiKey: [secret] } };
      const commit = { metadata, userMetadata: texts(secret).join(" ") };
      await writeTable(session, { location: path("t") }, { source: rows, mode: "append", ...commit });
      await deleteRows(session, { location: path("t") }, { where: "n = 1", ...commit });
      await writeTable(session, { location: path("t") }, { source: rows, expectedVersion: 99, ...commit });
    },
  },
  {
    title: "properties, name and description of a table",
    plant: ({ session, path }, secret) =>
      all([
        () =>
          createTable(
            session,
            { location: path("p") },
            {
              schema: table("p", { n: int64() }),
              properties: { "my.secret.key": secret, "my.url": urls(secret)[0] ?? "" },
              tableName: `password=${secret}`,
              description: texts(secret).join(" "),
            },
          ),
        () => writeTable(session, { location: path("p") }, { source: { rows: [{ n: 1 }] }, mode: "append" }),
      ]),
  },
  {
    title: "predicates and values of changes",
    isQuoted: true,
    plant: async ({ session, path }, secret) => {
      const location = { location: path("m") };
      await writeTable(session, location, { source: { rows: [{ n: 1, name: secret }] }, mode: "append" });
      await all([
        () => deleteRows(session, location, { where: `name = '${secret}' AND CAST(name AS BIGINT) = 1` }),
        () => deleteRows(session, location, { where: `name == = '${secret}'` }),
        () => deleteRows(session, location, { where: `missing = '${secret}'` }),
        () => upsertRows(session, location, { source: { rows: [{ n: secret }] }, keys: ["n"] }),
        () =>
          mergeTable(session, location, {
            source: { rows: [{ n: 1, name: secret }] },
            on: `target.n = source.n AND source.name = '${secret}'`,
            whenMatched: [{ update: { name: `concat('${secret}', source.missing)` } }],
          } as never),
        () => writeTable(session, location, { source: { rows: [{ n: secret, name: 1 }] }, mode: "append" }),
        () => deleteRows(session, location, { where: `name = '${secret}'` }),
      ]);
    },
  },
];
