/** Kind of value of a setting. */
export type SettingType = "bool" | "uint" | "int" | "float" | "bytes" | "duration" | "string" | "enum";

/**
 * What a setting can change. `plan`: a plan or a result. `resource`: cost, spilling or staleness. `presentation`: text
 * only. `machine`: a path of this computer. Only `plan` and `resource` enter hashes.
 */
export type SettingIdentity = "plan" | "resource" | "presentation" | "machine";

/** One setting of the engine. */
export interface EngineSettingRow<Key extends string> {
  /** Full name, such as `datafusion.execution.batch_size`. */
  readonly key: Key;
  /** The engine's own description. */
  readonly doc: string;
  readonly type: SettingType;
  /** Whether the engine may report NULL. */
  readonly nullable: boolean;
  /** The values of an enum, in lower case unless the engine writes them otherwise. */
  readonly values?: readonly string[];
  /** Smallest number. */
  readonly min?: number;
  /** Largest number. */
  readonly max?: number;
  /** The engine's default as text; null for NULL and for defaults that depend on the machine. */
  readonly default: string | null;
  /** What a machine-dependent default is. */
  readonly machineDefault?: "cores";
  /** Whether the engine keeps it in the session configuration or in the runtime environment. */
  readonly applies: "session_config" | "runtime_env";
  readonly identity: SettingIdentity;
  /** The profile field that alone may set this key. */
  readonly owner?: string;
  /** Nobody may set it. */
  readonly locked?: true;
  /** Sent before the others, because setting it overwrites other keys. */
  readonly first?: true;
}

/** What the engine does not tell about a setting. */
export type SettingOverlay = Partial<Omit<EngineSettingRow<string>, "key" | "doc" | "applies">>;
