import { readFileSync } from "node:fs";
import type { Session } from "../src/session.ts";

/** One of some texts, by a number of the row. */
function one(of: readonly string[], number = "value"): string {
  const texts = of.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ");
  return `(make_array(${texts}))[1 + (${number}) % ${of.length}]`;
}

function decimal(expression: string): string {
  return `CAST(${expression} AS DECIMAL(15, 2))`;
}

function text(prefix: string): string {
  return `'${prefix}' || CAST(value AS VARCHAR)`;
}

const nations = [
  "ALGERIA",
  "ARGENTINA",
  "BRAZIL",
  "CANADA",
  "EGYPT",
  "ETHIOPIA",
  "FRANCE",
  "GERMANY",
  "INDIA",
  "SAUDI ARABIA",
];

/** Rows and columns of the tables: small, and such that most queries find something. */
const tables: Readonly<Record<string, readonly [rows: number, columns: Readonly<Record<string, string>>]>> = {
  region: [
    5,
    { r_regionkey: "value", r_name: one(["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]), r_comment: text("r") },
  ],
  nation: [10, { n_nationkey: "value", n_name: one(nations), n_regionkey: "value % 5", n_comment: text("n") }],
  supplier: [
    10,
    {
      s_suppkey: "value",
      s_name: text("Supplier#"),
      s_address: text("address "),
      s_nationkey: "value % 10",
      s_phone: text("27-"),
      s_acctbal: decimal("value * 100"),
      s_comment: one(["fine", "Customer Complaints", "ok", "good"]),
    },
  ],
  customer: [
    30,
    {
      c_custkey: "value",
      c_name: text("Customer#"),
      c_address: text("address "),
      c_nationkey: "value % 10",
      c_phone: `${one(["13", "31", "23", "29", "30", "18", "17"])} || '-1'`,
      c_acctbal: decimal("(value % 7) * 50 - 20"),
      c_mktsegment: one(["BUILDING", "AUTOMOBILE", "MACHINERY"]),
      c_comment: text("c"),
    },
  ],
  part: [
    20,
    {
      p_partkey: "value",
      p_name: one(["forest green", "light green", "red"]),
      p_mfgr: one(["Manufacturer#1", "Manufacturer#2"]),
      p_brand: one(["Brand#12", "Brand#23", "Brand#34", "Brand#45"]),
      p_type: one(["ECONOMY ANODIZED STEEL", "PROMO BRASS", "MEDIUM POLISHED TIN", "LARGE BRASS"]),
      p_size: "CAST((make_array(15, 49, 3, 9, 5, 1, 14, 23))[1 + value % 8] AS INT)",
      p_container: one(["SM CASE", "MED BAG", "LG BOX", "MED BOX"]),
      p_retailprice: decimal("900 + value"),
      p_comment: text("p"),
    },
  ],
  partsupp: [
    60,
    {
      ps_partkey: "value % 20",
      ps_suppkey: "(value * 3) % 10",
      ps_availqty: "CAST(1000 + value AS INT)",
      ps_supplycost: decimal("1 + value % 17"),
      ps_comment: text("ps"),
    },
  ],
  orders: [
    80,
    {
      o_orderkey: "value",
      o_custkey: "value % 20",
      o_orderstatus: one(["F", "O", "P"]),
      o_totalprice: decimal("1000 + value * 7"),
      o_orderdate: "CAST(DATE '1993-01-01' + CAST(value * 24 AS INT) AS DATE)",
      o_orderpriority: one(["1-URGENT", "2-HIGH", "3-MEDIUM", "5-LOW"]),
      o_clerk: text("Clerk#"),
      o_shippriority: "CAST(0 AS INT)",
      o_comment: one(["special requests", "none"]),
    },
  ],
  lineitem: [
    400,
    {
      l_orderkey: "value % 80",
      l_partkey: "(value * 7) % 20",
      l_suppkey: "(value * 3) % 10",
      l_linenumber: "CAST(value / 80 AS INT)",
      l_quantity: decimal("1 + (value * 13) % 60"),
      l_extendedprice: decimal("100 + value"),
      l_discount: decimal("CAST(value % 9 AS DECIMAL(15, 2)) / 100"),
      l_tax: decimal("CAST(value % 5 AS DECIMAL(15, 2)) / 100"),
      l_returnflag: one(["R", "A", "N"]),
      l_linestatus: one(["O", "F"]),
      l_shipdate: "CAST(DATE '1993-01-05' + CAST((value % 80) * 24 + value % 11 AS INT) AS DATE)",
      l_commitdate: "CAST(DATE '1993-01-10' + CAST((value % 80) * 24 AS INT) AS DATE)",
      l_receiptdate: "CAST(DATE '1993-01-06' + CAST((value % 80) * 24 + value % 15 AS INT) AS DATE)",
      l_shipinstruct: one(["DELIVER IN PERSON", "NONE"]),
      l_shipmode: one(["AIR", "MAIL", "SHIP", "AIR REG"]),
      l_comment: text("l"),
    },
  ],
};

/** Makes the eight tables of TPC-H, with few rows. The policy of the session must allow it. */
export async function createTpch(session: Session): Promise<void> {
  for (const [name, [rows, columns]] of Object.entries(tables)) {
    const values = Object.entries(columns).map(([column, expression]) => `${expression} AS ${column}`);
    await session.execute(`CREATE TABLE ${name} AS SELECT ${values.join(", ")} FROM range(0, ${rows})`);
  }
}

/** Numbers of the queries. */
export const tpchNumbers: readonly number[] = Array.from({ length: 22 }, (_, index) => index + 1);

/** The text of a query. */
export function tpchQuery(number: number): string {
  const file = new URL(`../../../benchmarks/queries/tpch/q${number}.sql`, import.meta.url);
  return readFileSync(file, "utf8").replace("<fraction>", "0.001");
}
