import { readEnv } from "@deltafuse/config/env";
import { extendProfile, parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { withLabel } from "@deltafuse/hooks/label";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import { openSession } from "@deltafuse/session-core/session";
import type { Frame } from "@deltafuse/session-core/frame";
import { startRun, withRun } from "@deltafuse/telemetry/run";
import { parseTraceparent } from "@deltafuse/telemetry/trace-context";
import { dataInputs, deltaInputs } from "./planted-data-inputs.ts";
import { all, errorOf, type PlantedInput, texts, urls } from "./planted-ground.ts";

function failing(id: string, phase: "observability" | "adapters", error: Error): SessionExtension {
  return {
    id,
    version: 1,
    contribute: () => ({ steps: [{ id: `${id}.start`, phase, spec: {} }] }),
    install: () => Promise.reject(error),
  };
}

const profileInputs: readonly PlantedInput[] = [
  {
    title: "fields of a profile and its name",
    plant: (_ground, secret) =>
      all([
        () => parseProfile({ name: `password=${secret}` }) && undefined,
        () => parseProfile(JSON.parse(`{"memory":{"limit":"${secret}"}}`)),
        () => parseProfile(JSON.parse(`{"accessKey":"${secret}"}`)),
        () => parseProfile(JSON.parse(`{"settings":{"fs.s3a.secret.key":"${secret}"}}`)),
        () => readEnv({ DELTAFUSE_PROFILE_PATCH: `{"password":"${secret}"` }),
        () => readEnv({ DELTAFUSE_DIAGNOSTICS: `https://token:${secret}@collector` }),
        () => readEnv({ DELTAFUSE_SECRET_KEY: secret }),
      ]),
  },
  {
    title: "environment variables",
    plant: async ({ hooks, path }, secret) => {
      const accepted = {
        DELTAFUSE_SPILL_DIR: path(`token=${secret}`),
        DELTAFUSE_PROFILE_PATCH: JSON.stringify({ name: `password=${secret}`, preset: "test" }),
      };
      const open = async (env: Record<string, string>): Promise<void> => {
        await (await openSession(parseProfile({}), { hooks, env: readEnv(env) })).close();
      };
      await all([
        ...Object.entries(accepted).map(
          ([name, value]) =>
            () =>
              open({ [name]: value }),
        ),
        ...["DELTAFUSE_PRESET", "DELTAFUSE_MEMORY_LIMIT", "DELTAFUSE_BATCH_SIZE", "DELTAFUSE_LIST_FILES_TTL"].flatMap(
          (name) => texts(secret).map((text) => () => readEnv({ [name]: text })),
        ),
      ]);
    },
  },
  {
    title: "options of extensions and their settings",
    plant: ({ hooks, profile }, secret) =>
      all([
        async () => {
          const extension: SessionExtension = {
            id: "store",
            version: 1,
            contribute: () => ({
              steps: [{ id: "store.start", phase: "adapters", spec: { password: secret, at: urls(secret) } }],
              identity: { accessKey: secret },
            }),
            install: () => Promise.resolve(),
          };
          await (await openSession(profile, { hooks, extensions: [extension] })).close();
        },
        async () => {
          const extension = {
            id: "store",
            version: 1,
            contribute: () => ({ defaults: { "aws.secret_access_key": secret } }),
          };
          await (await openSession(profile, { hooks, extensions: [extension as never] })).close();
        },
      ]),
  },
  {
    title: "the name of the profile of a session that opens",
    plant: async ({ hooks, profile }, secret) => {
      const named = extendProfile(profile, { name: `password=${secret} ${urls(secret).join(" ")}` });
      await (await openSession(named, { hooks })).close();
    },
  },
  {
    title: "prefixes of the SQL policy",
    plant: async ({ hooks, profile }, secret) => {
      const paths = { read: urls(secret) };
      const named = extendProfile(profile, { sql: { policy: { base: "admin", paths } } });
      await (await openSession(named, { hooks })).close();
    },
  },
  {
    title: "the error of a step that stops a session",
    plant: ({ hooks, profile }, secret) =>
      openSession(profile, { hooks, extensions: [failing("adapter", "adapters", errorOf(secret))] }),
  },
  {
    title: "the error of a step that only warns",
    plant: async ({ hooks, profile }, secret) => {
      const extensions = [failing("trail", "observability", errorOf(secret))];
      await (await openSession(profile, { hooks, extensions })).close();
    },
  },
];

const sqlInputs: readonly PlantedInput[] = [
  {
    title: "literals and comments of SQL that runs",
    isQuoted: true,
    plant: ({ session }, secret) =>
      session.sql(`SELECT '${secret}' AS a, /* ${secret} */ $$${secret}$$ AS b -- ${secret}`).rows(),
  },
  {
    title: "literals of SQL that runs with everything told",
    isQuoted: true,
    plant: ({ session }, secret) =>
      session
        .sql(`SELECT value FROM range(3) WHERE CAST(value AS VARCHAR) <> '${secret}'`, {
          diagnostics: { capture: { plans: true, explain: true, optimizerTrace: "all" }, slowQuery: 0, batchSample: 1 },
        })
        .rows(),
  },
  {
    title: "literals of SQL that cannot be parsed",
    isQuoted: true,
    plant: ({ session }, secret) =>
      all([
        () => session.sql(`SELECT FROM WHERE '${secret}' = = '${secret}'`).rows(),
        () => session.sql(`SELECT '${secret}`).rows(),
        () => session.sql(`SELEC '${secret}'`).rows(),
        () => session.sql(`SELECT 1 '${secret}' '${secret}'`).rows(),
        () => session.sql(`SELECT X'${secret}'`).rows(),
      ]),
  },
  {
    title: "literals of SQL that cannot be planned",
    isQuoted: true,
    plant: ({ session }, secret) =>
      all([
        () => session.sql(`SELECT missing FROM range(3) WHERE '${secret}' = missing`).rows(),
        () => session.sql(`SELECT CAST('${secret}' AS BIGINT)`).rows(),
        () => session.sql(`SELECT '${secret}'::DATE + 1`).rows(),
        () => session.sql(`SELECT nothing('${secret}')`).rows(),
        () => session.sql(`SELECT date_part('${secret}', now())`).rows(),
        () => session.sql(`SELECT value FROM range(3) WHERE value = INTERVAL '${secret}'`).rows(),
        () => session.sql(`SELECT * FROM range('${secret}')`).rows(),
        () => session.sql(`SELECT arrow_cast(1, '${secret}')`).rows(),
      ]),
  },
  {
    title: "values of SQL that fails while it runs",
    isQuoted: true,
    plant: ({ session }, secret) =>
      all([
        () => session.sql(`SELECT CAST(concat('${secret}', value) AS BIGINT) FROM range(3)`).rows(),
        () => session.sql(`SELECT to_timestamp(concat('${secret}', value)) FROM range(3)`).rows(),
        () => session.sql(`SELECT to_date(concat('${secret}', value)) FROM range(3)`).rows(),
        () => session.sql("SELECT CAST($1 AS BIGINT)", { parameters: [secret] }).rows(),
        () =>
          session.sql("SELECT CAST(concat($p, value) AS BIGINT) FROM range(3)", { parameters: { p: secret } }).rows(),
        () =>
          session
            .fromRows([{ name: secret }])
            .filter({ sql: "CAST(name AS BIGINT) > 1" } as never)
            .rows(),
      ]),
  },
  {
    title: "URLs and options of SQL",
    plant: async ({ session }, secret) => {
      const statements = urls(secret).flatMap((url) => [
        `SELECT * FROM '${url}'`,
        `CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '${url}' OPTIONS ('aws.secret_access_key' '${secret}', 'x' '${secret}')`,
        `COPY (SELECT 1 AS one) TO '${url}' STORED AS PARQUET OPTIONS ('aws.secret_access_key' '${secret}')`,
        `SELECT * FROM read_parquet('${url}')`,
      ]);
      await all(statements.map((statement) => () => session.execute(statement)));
    },
  },
  {
    title: "names of columns and of views",
    plant: ({ session }, secret) =>
      all(
        [`password=${secret}`, ...urls(secret)].map((name) => async () => {
          await session.sql(`SELECT 1 AS "${name}"`).rows();
          await session.fromRows([{ [name]: 1 }]).rows();
          await session.createView(`"${name}"`, session.sql("SELECT 1 AS one"));
          await session.sql(`SELECT missing FROM "${name}"`).rows();
        }),
      ),
  },
  {
    title: "values of settings",
    plant: ({ session }, secret) =>
      all([
        () => session.execute(`SET datafusion.execution.batch_size = '${secret}'`),
        () => session.execute(`SET aws.secret_access_key = '${secret}'`),
        () => session.execute(`SET password.x = '${secret}'`),
      ]),
  },
  {
    title: "a statement that the policy forbids",
    plant: ({ session }, secret) =>
      all([
        () => session.execute(`INSERT INTO t VALUES ('${secret}')`, { policy: "read_only" }),
        () => session.execute(`COPY (SELECT 1) TO '${urls(secret)[0]}'`, { policy: "service" }),
      ]),
  },
];

const hookInputs: readonly PlantedInput[] = [
  {
    title: "labels and tags",
    plant: ({ session, hooks }, secret) =>
      all(
        texts(secret).map((text) => () => {
          const label = { name: text, tags: { apiKey: secret, at: text, [text]: "x" } };
          return withLabel(hooks, label, () => session.sql("SELECT 1").rows());
        }),
      ),
  },
  {
    title: "the reason of an interceptor and what it throws",
    plant: ({ session, hooks }, secret) => {
      const refusals = [() => veto(texts(secret).join("; ")), () => Promise.reject(errorOf(secret))];
      return all(
        refusals.map((refuse) => async () => {
          using _refusal = hooks.intercept("beforeSql", refuse, { name: "guard" });
          await session.sql("SELECT 1").rows();
        }),
      );
    },
  },
  {
    title: "the error of a listener",
    plant: async ({ hooks }, secret) => {
      hooks.on("app.event", () => Promise.reject(errorOf(secret)), { once: true });
      hooks.publish("deployed", { password: secret, at: urls(secret)[0] ?? "" });
      await hooks.settled();
    },
  },
  {
    title: "the reason of an abort",
    plant: async ({ session }, secret) => {
      const controller = new AbortController();
      const stream = await session.sql("SELECT value FROM range(3)").stream({ signal: controller.signal });
      controller.abort(errorOf(secret));
      await stream.columns()[Symbol.asyncIterator]().next();
    },
  },
  {
    title: "the reason of an abort of a query that runs under a label",
    plant: ({ session, hooks }, secret) => {
      const slow = "SELECT a.value FROM range(10000000) a JOIN range(10000000) b ON a.value + b.value = -1";
      const endings: readonly ((query: Frame, signal: AbortSignal) => Promise<unknown>)[] = [
        (query, signal) => query.rows({ signal }),
        (query, signal) => query.collect({ signal }),
        async (query, signal) => {
          for await (const _batch of (await query.stream({ signal })).columns());
        },
      ];
      return all(
        endings.map((end) => () => {
          const controller = new AbortController();
          hooks.on("query.started", () => controller.abort(errorOf(secret)), { once: true });
          const label = { name: `password=${secret}`, tags: { apiKey: secret, at: urls(secret)[0] ?? "" } };
          return withLabel(hooks, label, () => end(session.sql(slow), controller.signal));
        }),
      );
    },
  },
  {
    title: "the tracestate of a caller",
    plant: ({ session, hooks: { telemetry } }, secret) => {
      const trace = parseTraceparent(
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        `vendor=token=${secret}`,
      );
      return telemetry.scope.with({ trace }, () => session.sql("SELECT 1").rows());
    },
  },
  {
    title: "metadata and failures of runs",
    plant: async ({ session, hooks: { telemetry } }, secret) => {
      const metadata = { password: secret, note: texts(secret).join(" ") };
      const run = startRun(telemetry, { label: `password=${secret}`, metadata });
      await run.scope(() => session.sql("SELECT 1").rows());
      run.annotate({ token: secret });
      await run.complete({ url: urls(secret)[0] ?? "" });
      await withRun(telemetry, { label: "doomed" }, () => Promise.reject(errorOf(secret)));
    },
  },
];

/** Every kind of input that the product takes. */
export const plantedInputs: readonly PlantedInput[] = [
  ...profileInputs,
  ...sqlInputs,
  ...hookInputs,
  ...dataInputs,
  ...deltaInputs,
];
