import { type CatalogSettingKey, type CatalogSettingsInput, catalogSettingRows } from "./engine-settings/catalog.ts";
import { type DeltafuseSettingKey, deltafuseSettingRows } from "./engine-settings/deltafuse.ts";
import {
  type ExecutionSettingKey,
  type ExecutionSettingsInput,
  executionSettingRows,
} from "./engine-settings/execution.ts";
import { type ExplainSettingKey, type ExplainSettingsInput, explainSettingRows } from "./engine-settings/explain.ts";
import { type FormatSettingKey, type FormatSettingsInput, formatSettingRows } from "./engine-settings/format.ts";
import {
  type OptimizerSettingKey,
  type OptimizerSettingsInput,
  optimizerSettingRows,
} from "./engine-settings/optimizer.ts";
import { type ParquetSettingKey, type ParquetSettingsInput, parquetSettingRows } from "./engine-settings/parquet.ts";
import { type RuntimeSettingKey, type RuntimeSettingsInput, runtimeSettingRows } from "./engine-settings/runtime.ts";
import { type SparkSettingKey, type SparkSettingsInput, sparkSettingRows } from "./engine-settings/spark.ts";
import {
  type SqlParserSettingKey,
  type SqlParserSettingsInput,
  sqlParserSettingRows,
} from "./engine-settings/sql-parser.ts";
import type { EngineSettingRow } from "./setting-row.ts";

/** Full name of a setting of the engine. */
export type SettingKey =
  | CatalogSettingKey
  | DeltafuseSettingKey
  | ExecutionSettingKey
  | ExplainSettingKey
  | FormatSettingKey
  | OptimizerSettingKey
  | ParquetSettingKey
  | RuntimeSettingKey
  | SparkSettingKey
  | SqlParserSettingKey;

/** The settings that a profile may set by key: those that no profile field owns. Null is the engine's default. */
export interface EngineSettingsInput
  extends
    CatalogSettingsInput,
    ExecutionSettingsInput,
    ExplainSettingsInput,
    FormatSettingsInput,
    OptimizerSettingsInput,
    ParquetSettingsInput,
    RuntimeSettingsInput,
    SparkSettingsInput,
    SqlParserSettingsInput {}

/** Every setting, by the namespace that follows `datafusion.` in its key; `deltafuse` holds our own. */
export const engineSettings: Readonly<Record<string, readonly EngineSettingRow<SettingKey>[]>> = {
  catalog: catalogSettingRows,
  execution: executionSettingRows,
  "execution.parquet": parquetSettingRows,
  explain: explainSettingRows,
  format: formatSettingRows,
  optimizer: optimizerSettingRows,
  runtime: runtimeSettingRows,
  spark: sparkSettingRows,
  sql_parser: sqlParserSettingRows,
  deltafuse: deltafuseSettingRows,
};
