import type { DataSet } from "../data-set.ts";
import { skewed, spread, writeSqlFiles } from "./sql-files.ts";

/** Selections of columns by the name of the table. */
const shapes: Readonly<Record<string, string>> = {
  shape_ints: `value AS a, value * 3 AS b, ${spread(1)} AS c, -${spread(2)} AS d`,
  shape_mixed: Array.from({ length: 20 }, (_, column) => mixedColumn(column)).join(", "),
  shape_strings: `concat(repeat('long text ', CAST(3 + ${spread(3)} % 20 AS INT)), CAST(value AS VARCHAR)) AS a,
    concat('Grüße ', CAST(${spread(4)} AS VARCHAR)) AS b`,
  shape_dictionary: `arrow_cast(concat('category ', CAST(${skewed(5)} % 200 AS VARCHAR)), 'Dictionary(Int32, Utf8)') AS a,
    arrow_cast(concat('kind ', CAST(${spread(6)} % 12 AS VARCHAR)), 'Dictionary(Int32, Utf8)') AS b`,
  shape_nested: `value AS a,
    make_array(named_struct('x', ${spread(7)}, 'y', concat('y', CAST(value % 100 AS VARCHAR))),
      named_struct('x', ${spread(8)}, 'y', 'second')) AS b`,
  shape_decimals: `CAST(${spread(9)} AS DECIMAL(15, 2)) AS a, CAST(value AS DECIMAL(38, 6)) AS b,
    CAST(${skewed(10)} AS DECIMAL(9, 1)) AS c`,
  shape_timestamps: `arrow_cast(1700000000000000 + value * 1000, 'Timestamp(Microsecond, None)') AS a,
    arrow_cast(arrow_cast(1700000000000000 + ${spread(11)} * 1000000, 'Timestamp(Microsecond, None)'), 'Timestamp(Microsecond, Some("UTC"))') AS b,
    arrow_cast(CAST(${spread(12)} % 20000 AS INT), 'Date32') AS c`,
  shape_nulls: `CAST(NULL AS BIGINT) AS a, CAST(NULL AS DOUBLE) AS b, CAST(NULL AS VARCHAR) AS c`,
};

/** Whole numbers, floats, texts, flags, nullable ones: four of each. */
function mixedColumn(column: number): string {
  const value = spread(20 + column);
  const forms = [
    value,
    `${value} / 8e0`,
    `concat('text ', CAST(${value} AS VARCHAR))`,
    `${value} % 2 = 0`,
    `CASE WHEN ${value} % 3 = 0 THEN NULL ELSE ${value} END`,
  ];
  return `${forms[column % forms.length]} AS c${column}`;
}

/** Results of different shapes; the scale is the number of rows of each. */
export const shapesData: DataSet = {
  id: "shapes",
  version: 1,
  tables: Object.fromEntries(
    Object.keys(shapes).map((name) => [name, { path: `${name}.parquet`, format: "parquet" }] as const),
  ),
  make: ({ folder, scale }) => {
    const queries = Object.entries(shapes).map(([name, columns]) => {
      return [name, `SELECT ${columns} FROM range(0, ${scale})`] as const;
    });
    return writeSqlFiles(folder, Object.fromEntries(queries));
  },
};

/** Names of the tables. */
export const shapeNames: readonly string[] = Object.keys(shapes);
