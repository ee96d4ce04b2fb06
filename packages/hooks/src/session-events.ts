import type { ErrorPayload } from "./error-payload.ts";
import type { EventRows } from "./event-row.ts";

/** One install step that ended. */
export interface InstallStepResult {
  /** Phase of the install plan, e.g. `catalogs`. */
  readonly phase: string;
  /** Id of the step, e.g. `tables.register`. */
  readonly step: string;
  /** `skipped`: the step was installed already. */
  readonly status: "ok" | "skipped" | "failed";
  readonly durationUs: number;
  readonly message?: string | undefined;
}

/** Payload of `session.step`. */
export type SessionStepPayload = InstallStepResult;

/** Fingerprints that identify a session. */
export interface SessionIdentities {
  readonly profile: string;
  readonly engine: string;
  readonly session: string;
}

/** What is known of a session in every state. */
export interface SessionDescription {
  readonly profileName: string | null;
  /** The profile as canonical JSON, without secrets. */
  readonly profileJson: string;
  /** Version of DeltaFuse. */
  readonly productVersion: string;
  /** Whether several handles share the native session. */
  readonly shared: boolean;
  /** Number of its slot in a pool; null outside of pools. */
  readonly poolSlot: number | null;
}

/** One setting as the engine reports it. */
export interface EffectiveSetting {
  readonly key: string;
  /** What the engine reports; null when it has no value. */
  readonly value: string | null;
  /** What was declared; null when nothing was. */
  readonly requested: string | null;
  /** Layer the declared value came from, e.g. `preset`. */
  readonly source: string;
  /** Who owns the setting; null when the user may set it freely. */
  readonly owner: string | null;
  /** Whether the engine has what was declared. */
  readonly applied: boolean;
}

/** Numbers of the runtime environment as the engine reports them. */
export interface EffectiveRuntime {
  readonly poolKind: string;
  /** Null when the pool has no limit. */
  readonly poolLimitBytes: number | null;
  readonly spillDirectories: number | null;
  readonly maxSpillBytes: number | null;
  readonly metadataCacheBytes: number | null;
  readonly listFilesCacheBytes: number | null;
  /** Null when entries do not expire. */
  readonly listFilesCacheTtlMs: number | null;
}

/** What the engine made of the declared settings. */
export interface EffectiveSettings {
  readonly entries: readonly EffectiveSetting[];
  readonly runtime: EffectiveRuntime;
}

/** Payload of `session.opened`. */
export interface SessionOpenedPayload extends SessionDescription {
  readonly identities: SessionIdentities;
  /** Versions by component, e.g. `datafusion`. */
  readonly engineVersions: Readonly<Record<string, string>>;
  /** Features of the native build. */
  readonly features: readonly string[];
  readonly sqlPolicy: {
    readonly name: string | null;
    readonly ddl: boolean;
    readonly dml: boolean;
    readonly statements: boolean;
  };
  /** Hash of the function catalogue. */
  readonly functionsHash: string | null;
  readonly applied: EffectiveSettings;
  readonly extensions: readonly {
    readonly name: string;
    readonly version: string | null;
    readonly status: string;
  }[];
  readonly rules: readonly { readonly stage: string; readonly name: string; readonly version: number }[];
  readonly planners: readonly string[];
  readonly steps: readonly InstallStepResult[];
  readonly durationUs: number;
}

/** Payload of `session.failed`. */
export interface SessionFailedPayload extends SessionDescription {
  readonly profileFingerprint: string;
  /** Phase that failed; null when the native session could not be built. */
  readonly phase: string | null;
  readonly step: string | null;
  readonly error: ErrorPayload;
  readonly steps: readonly InstallStepResult[];
  readonly durationUs: number;
}

/** Payload of `session.warning`. */
export interface SessionWarningPayload {
  readonly code: string;
  readonly message: string;
}

/** Payload of `setting.changed`. */
export interface SettingChangedPayload {
  readonly key: string;
  /** The engine's text; null when it had no value. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Payload of `session.closing`. */
export interface SessionClosingPayload {
  /** `close`: the program closed it; `failed`: opening failed. */
  readonly reason: "close" | "failed";
}

/** Payload of `session.closed`. */
export interface SessionClosedPayload extends SessionDescription {
  readonly identities: SessionIdentities;
  /** From opened to closed. */
  readonly durationUs: number;
  /** Queries that were started. */
  readonly queries: number;
}

const description = {
  profileName: "string?",
  profileJson: "string",
  productVersion: "string",
  shared: "boolean",
  poolSlot: "integer?",
} as const;

/** Payloads of the events of a session. */
export interface SessionEvents {
  readonly "session.step": SessionStepPayload;
  readonly "session.opened": SessionOpenedPayload;
  readonly "session.failed": SessionFailedPayload;
  readonly "session.warning": SessionWarningPayload;
  readonly "session.closing": SessionClosingPayload;
  readonly "session.closed": SessionClosedPayload;
  readonly "setting.changed": SettingChangedPayload;
}

/** What the table says about the events of a session. */
export const sessionEventRows: EventRows<SessionEvents> = {
  "session.step": {
    owner: "session-core",
    fires: "one install step ended",
    members: { phase: "string", step: "string", status: "string", durationUs: "integer" },
  },
  "session.opened": {
    owner: "session-core",
    fires: "all phases done",
    records: ["session", "settings"],
    members: {
      ...description,
      identities: "object",
      engineVersions: "object",
      features: "list",
      sqlPolicy: "object",
      functionsHash: "string?",
      applied: "object",
      extensions: "list",
      rules: "list",
      planners: "list",
      steps: "list",
      durationUs: "integer",
    },
  },
  "session.failed": {
    owner: "session-core",
    fires: "building failed and what existed was disposed",
    records: ["session"],
    members: {
      ...description,
      profileFingerprint: "string",
      phase: "string?",
      step: "string?",
      error: "object",
      steps: "list",
      durationUs: "integer",
    },
  },
  "session.warning": {
    owner: "session-core",
    fires: "an observability step failed or a leak was found",
    records: ["finding"],
    members: { code: "string", message: "string" },
  },
  "session.closing": {
    owner: "session-core",
    fires: "before the native handle is released",
    settling: true,
    members: { reason: "string" },
  },
  "session.closed": {
    owner: "session-core",
    fires: "after the native handle was released",
    records: ["session"],
    members: { ...description, identities: "object", durationUs: "integer", queries: "integer" },
  },
  "setting.changed": {
    owner: "session-core",
    fires: "a SET or RESET took effect, once for each setting that has another value now",
    members: { key: "string", before: "string?", after: "string?" },
  },
};
