import type { DataSet } from "../data-set.ts";
import { skewed, spread, writeSqlFiles } from "./sql-files.ts";

/** Columns by name: SQL of their values, in which `#` stands for a salt of the column's own. */
type Columns = Readonly<Record<string, string>>;

const monthMicros = 31 * 86_400 * 1_000_000;

const text = (prefix: string, number: string): string => `concat('${prefix}', CAST(${number} AS VARCHAR))`;
const often = (perMille: number, salt: number): string => `${spread(salt)} % 1000 < ${perMille}`;
const flag = (perMille: number, salt: number): string =>
  `CAST(CASE WHEN ${often(perMille, salt)} THEN 1 ELSE 0 END AS SMALLINT)`;
const small = (values: number, salt: number): string => `CAST(${skewed(salt)} % ${values} AS SMALLINT)`;
const int = (values: number, salt: number): string => `CAST(${skewed(salt)} % ${values} AS INT)`;
/** Empty for so many of a thousand rows. */
const sparse = (perMille: number, value: string, salt: number): string =>
  `CASE WHEN ${often(perMille, salt)} THEN '' ELSE ${value} END`;

function visitColumns(rows: number): Columns {
  const step = Math.floor(monthMicros / rows);
  const time = `arrow_cast(1709251200000000 + value * ${step}, 'Timestamp(Microsecond, None)')`;
  return {
    watch_id: `value * 1000003 + ${spread(1)}`,
    event_time: time,
    event_date: `CAST(${time} AS DATE)`,
    local_time: `CASE WHEN ${often(40, 2)} THEN NULL ELSE ${time} END`,
    counter_id: int(6000, 3),
    user_id: `435090932899640449 + ${skewed(4)} * 7919`,
    session_id: `${spread(5)} * 1000003 + value % 5`,
    region_id: int(5000, 6),
    client_ip: `CAST(${skewed(7)} AS INT)`,
    page_views: int(100, 8),
    price_cents: `CAST(${spread(9)} % 100000 AS BIGINT)`,
    price: `CAST(CAST(${spread(9)} % 100000 AS DECIMAL(12, 2)) / 100 AS DECIMAL(12, 2))`,
    currency: text("C", `${skewed(10)} % 5`),
    score: `${spread(11)} / 1024e0`,
    url_hash: `${skewed(12)} * 1000003`,
    referer_hash: `${skewed(13)} * 1000033`,
  };
}

function textColumns(): Columns {
  const page = (salt: number): string =>
    `concat('https://site-', CAST(${skewed(salt)} % 997 AS VARCHAR), '.example/section/page/', CAST(${skewed(salt)} AS VARCHAR))`;
  return {
    url: page(12),
    referer: sparse(400, page(13), 14),
    title: text("A page about ", `${skewed(15)} % 50000`),
    search_phrase: sparse(850, text("how to find ", `${skewed(16)} % 60000`), 17),
    browser_language: text("l", `${skewed(18)} % 30`),
    browser_country: text("c", `${skewed(19)} % 60`),
    user_agent_version: text("v", `${skewed(20)} % 80`),
    os_version: text("os", `${skewed(21)} % 100`),
    mobile_phone_model: sparse(900, text("model ", `${skewed(22)} % 300`), 23),
    campaign: sparse(950, text("campaign ", `${skewed(24)} % 500`), 25),
  };
}

function kindColumns(): Columns {
  return {
    search_engine_id: `CASE WHEN ${often(850, 17)} THEN CAST(0 AS SMALLINT) ELSE CAST(1 + ${skewed(26)} % 60 AS SMALLINT) END`,
    adv_engine_id: `CASE WHEN ${often(970, 27)} THEN CAST(0 AS SMALLINT) ELSE CAST(1 + ${skewed(28)} % 40 AS SMALLINT) END`,
    traffic_source_id: `CAST(${skewed(29)} % 11 - 1 AS SMALLINT)`,
    user_agent: small(80, 30),
    os: small(40, 31),
    device_type: small(4, 32),
    mobile_phone: small(90, 22),
    resolution_width: `CAST(320 + ${skewed(33)} % 3500 AS SMALLINT)`,
    resolution_height: `CAST(240 + ${skewed(34)} % 2000 AS SMALLINT)`,
    window_width: `CAST(300 + ${skewed(35)} % 3000 AS SMALLINT)`,
    window_height: `CAST(200 + ${skewed(36)} % 1500 AS SMALLINT)`,
    color_depth: small(32, 37),
    is_mobile: flag(300, 38),
    is_refresh: flag(120, 39),
    is_download: flag(10, 40),
    is_link: flag(60, 41),
    is_bounce: flag(450, 42),
    java_enabled: flag(700, 43),
    cookie_enabled: flag(980, 44),
  };
}

/** Twenty of a kind. */
function series(name: string, column: (number: number) => string): Columns {
  return Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${name}_${at + 1}`, column(at + 1)] as const));
}

function hitsSql(rows: number): string {
  const columns = {
    ...visitColumns(rows),
    ...textColumns(),
    ...kindColumns(),
    ...series("goal", (number) => flag(number * 20, 50 + number)),
    ...series("param", (number) => `CAST(${skewed(80 + number)} % ${number * 1000} AS INT)`),
    ...series(
      "timing",
      (number) => `CASE WHEN ${often(50, 110 + number)} THEN NULL ELSE ${int(60_000, 140 + number)} END`,
    ),
  };
  const list = Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`);
  return `SELECT ${list.join(", ")} FROM range(0, ${rows})`;
}

/** A table of web analytics with 105 columns, skewed texts and times in one month; the scale is its number of rows. */
export const hitsData: DataSet = {
  id: "hits",
  version: 1,
  tables: { hits: { path: "hits.parquet", format: "parquet" } },
  make: ({ folder, scale }) => writeSqlFiles(folder, { hits: hitsSql(scale) }),
};
