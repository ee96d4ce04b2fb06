import type { AbortableOptions } from "@deltafuse/config/abort";
import type { SessionId } from "@deltafuse/config/brand";
import { blindCast } from "@deltafuse/config/casts";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import { InternalError } from "@deltafuse/config/errors";
import type { IdentitySections } from "@deltafuse/config/identity";
import type { Profile } from "@deltafuse/config/profile";
import type { ResolvedProfile } from "@deltafuse/config/resolve";
import { narrowSqlPolicy, parseSqlPolicy, type SqlPolicy } from "@deltafuse/config/sql-policy";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import { parseLabel } from "@deltafuse/hooks/label";
import type { ArrowInput } from "./arrow-input.ts";
import type { ClearCaches, ClearReport } from "./cache-scope.ts";
import type { CatalogTree, InspectRequest } from "./catalog-tree.ts";
import type { ExtensionDisposal } from "./extension-disposal.ts";
import type { SessionSlot } from "./extension.ts";
import { arrowLeaf, rowsLeaf, sqlLeaf, tableLeaf } from "./frame-leaf.ts";
import { gatheredRows } from "./gathered-rows.ts";
import type { SqlText } from "./sql-text.ts";
import { type FrameLeaf, frameNode } from "./frame-node.ts";
import { frameOf } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import { nativeSide } from "./native-session.ts";
import { objectName } from "./object-name.ts";
import { encodeParameters, type Parameters } from "./parameters.ts";
import type { QueryDefaults } from "./query-open.ts";
import { namedStatement, type PreparedStatement, prepareStatement } from "./prepared.ts";
import { queryTables } from "./query-tables.ts";
import { rangeQuery } from "./range-query.ts";
import { namedRows } from "./rows-input.ts";
import { createView, dropObject, inspectCatalog } from "./session-catalog.ts";
import { describeSession } from "./session-description.ts";
import { executeStatement } from "./session-execute.ts";
import type { RuleCatalog } from "./rule-catalog.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import type { SessionRuntime, SettingsSnapshot } from "./session-runtime.ts";
import { readRuntime, readSettings } from "./session-settings.ts";
import type { SessionState } from "./session-state.ts";
import { isSqlQuery, type SqlQuery } from "./sql.ts";
import { parameterMixed } from "./statement-errors.ts";
import type {
  ExecuteResult,
  FromRows,
  ObjectKind,
  PrepareOptions,
  Session,
  SessionWarning,
  SqlOptions,
} from "./session.ts";

/** A session, and what only its maker may do. */
export interface SessionHandle {
  readonly session: Session;
  /** Closes it because opening has failed; what a disposer rejects with is a warning. */
  abandon(): Promise<void>;
  /** Another handle, with hooks of its own; closing it calls `release` and leaves the native session open. */
  share(hooks: HookEmitter, release: () => Promise<void>): Session;
  /** Frees the native session when no handle is left, and tells nobody. */
  free(): Promise<void>;
}

/** What the handles of one native session have in common beside their state. */
interface HandleParts {
  readonly warnings: readonly SessionWarning[];
  readonly slots: SlotValues;
  /** Lets the native session go. */
  readonly release: () => Promise<void>;
  /** What closing ends with, after the last event. */
  readonly ended?: (() => Promise<void>) | undefined;
  /** What closing does instead of all that. */
  readonly giveBack?: () => Promise<void>;
}

/** Slots that are set, with their values. */
type SlotValues = Map<symbol, readonly [SessionSlot<unknown>, unknown]>;

/** Where a session has its slots, for the leases of it. */
const slotSide: unique symbol = Symbol("deltafuse.slots");

class OpenSession implements Session {
  readonly [nativeSide]: SessionState;
  readonly #closing: Closeable;
  readonly warnings: readonly SessionWarning[];
  readonly [slotSide]: SlotValues;
  readonly #release: () => Promise<void>;
  readonly #ended: (() => Promise<void>) | undefined;
  readonly #openedAt = performance.now();

  constructor(state: SessionState, { warnings, slots, release, ended, giveBack }: HandleParts) {
    this[nativeSide] = state;
    this.warnings = warnings;
    this[slotSide] = slots;
    this.#release = release;
    this.#ended = ended;
    this.#closing = closeable(giveBack ?? (() => this.end("close")));
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  get id(): SessionId {
    return this[nativeSide].sessionId;
  }

  get profile(): Profile {
    return this.resolved.profile;
  }

  get resolved(): ResolvedProfile {
    return this[nativeSide].resolved;
  }

  get identitySections(): IdentitySections {
    return this[nativeSide].identitySections;
  }

  get hooks(): HookEmitter {
    return this[nativeSide].hooks;
  }

  runtime(options: AbortableOptions = {}): Promise<SessionRuntime> {
    return readRuntime(this[nativeSide], options);
  }

  settings(options: AbortableOptions = {}): Promise<SettingsSnapshot> {
    return readSettings(this[nativeSide], options);
  }

  sql(query: string | SqlQuery, options: SqlOptions = {}): Frame {
    const text = this.#text(query, options, "sql");
    return this.#frame(sqlLeaf(this[nativeSide], text), defaultsOf(options));
  }

  async execute(statement: string | SqlQuery, options: SqlOptions = {}): Promise<ExecuteResult> {
    const text = this.#text(statement, options, "execute");
    return executeStatement({ session: this, state: this[nativeSide], text }, defaultsOf(options));
  }

  async prepare(query: string, options: PrepareOptions = {}): Promise<PreparedStatement> {
    const text = this.#text(query, options, "prepare");
    return prepareStatement(this[nativeSide], { text }, defaultsOf(options));
  }

  prepared(name: string): PreparedStatement {
    return namedStatement(this[nativeSide], name);
  }

  table(name: string): Frame {
    return this.#frame(tableLeaf(this[nativeSide], objectName(name)));
  }

  fromArrow(data: ArrowInput): Frame {
    return this.#frame(arrowLeaf(this[nativeSide], data));
  }

  fromRows(rows: readonly object[], options: FromRows = {}): Frame {
    const state = this[nativeSide];
    return this.#frame(rowsLeaf(state, gatheredRows(state.port.binding, rows, options.schema)));
  }

  values(rows: readonly (readonly unknown[])[], names: readonly string[]): Frame {
    const { rows: objects, ...options } = namedRows(rows, names);
    return this.fromRows(objects, options);
  }

  range(start: number | bigint, end: number | bigint, step: number | bigint = 1): Frame {
    return this.sql(rangeQuery({ start, end, step }));
  }

  async createView(
    name: string,
    frame: Frame,
    options: AbortableOptions & { readonly replace?: boolean } = {},
  ): Promise<void> {
    await createView(this[nativeSide], { name, frame, replace: options.replace ?? false }, options);
  }

  async drop(
    kind: ObjectKind,
    name: string,
    options: AbortableOptions & { readonly ifExists?: boolean } = {},
  ): Promise<void> {
    await dropObject(this[nativeSide], { kind, name, ifExists: options.ifExists ?? false }, options);
  }

  inspect(request: InspectRequest = {}, options: AbortableOptions = {}): Promise<CatalogTree> {
    return inspectCatalog(this[nativeSide], request, options);
  }

  async rules(options: AbortableOptions = {}): Promise<RuleCatalog> {
    const { readRules } = await import("./session-metrics.ts");
    return readRules(this[nativeSide], options);
  }

  async metrics(options: AbortableOptions = {}): Promise<RuntimeMetrics> {
    const { readMetrics } = await import("./session-metrics.ts");
    return readMetrics(this[nativeSide], options);
  }

  async clearCaches(what: ClearCaches = {}, options: AbortableOptions = {}): Promise<ClearReport> {
    const { clearSessionCaches } = await import("./session-metrics.ts");
    return clearSessionCaches(this[nativeSide], what, options);
  }

  slot<T>(slot: SessionSlot<T>): T | undefined {
    return blindCast<T | undefined, "setSlot stores a value of the slot's type">(this[slotSide].get(slot.key)?.[1]);
  }

  setSlot<T>(slot: SessionSlot<T>, value: T): void {
    if (this[slotSide].has(slot.key)) throw new InternalError(`The slot ${slot.name} is set already`);
    this[slotSide].set(slot.key, [blindCast<SessionSlot<unknown>, "kept beside its own value">(slot), value]);
  }

  /** Stops what runs, waits for it, and frees the native session. */
  async end(reason: "close" | "failed"): Promise<void> {
    const state = this[nativeSide];
    state.shut();
    await state.hooks.settle("session.closing", { reason });
    await Promise.allSettled([...state.streams].map((closeStream) => closeStream()));
    try {
      await this.#release();
    } finally {
      if (reason === "close") await this.#tellClosed();
    }
  }

  async #tellClosed(): Promise<void> {
    const state = this[nativeSide];
    state.hooks.emit("session.closed", {
      ...describeSession(state.resolved, { shared: state.isShared, poolSlot: state.poolSlot }),
      identities: state.identity,
      durationUs: Math.round((performance.now() - this.#openedAt) * 1000),
      queries: state.queries,
    });
    await this.#ended?.();
  }

  #frame(leaf: FrameLeaf, defaults: QueryDefaults = {}): Frame {
    const state = this[nativeSide];
    state.assertOpen();
    return frameOf(frameNode(state, leaf), defaults);
  }

  #text(query: string | SqlQuery, options: SqlOptions, source: SqlText["source"]): SqlText {
    const state = this[nativeSide];
    state.assertOpen();
    const { policy } = options;
    const parameters = isSqlQuery(query) ? ownParameters(query, options) : options.parameters;
    const encoded = encodeParameters(parameters);
    const tables = isSqlQuery(query) ? { ...options.tables, ...query.tables } : options.tables;
    return {
      sql: isSqlQuery(query) ? query.text : query,
      source,
      given: parameters,
      parameters: encoded,
      tables: queryTables(state, tables, encoded?.names ?? []),
      policy: policy === undefined ? state.sqlPolicy : narrowed(state.sqlPolicy, policy),
    };
  }
}

/** The values of a tagged query; more of them cannot be numbered. */
function ownParameters(query: SqlQuery, { parameters }: SqlOptions): Parameters {
  if (parameters === undefined) return query.parameters;
  const positional = query.parameters.map((_, index) => String(index + 1));
  throw parameterMixed({ positional, named: Object.keys(parameters) });
}

/** Fields without a named policy stand over one that allows everything, so that they alone narrow. */
function narrowed(policy: SqlPolicy, call: NonNullable<SqlOptions["policy"]>): SqlPolicy {
  return narrowSqlPolicy(policy, parseSqlPolicy(call, "admin"));
}

function defaultsOf({ limits, label, diagnostics, signal, onProgress }: SqlOptions): QueryDefaults {
  return {
    ...(limits === undefined ? {} : { limits }),
    ...(label === undefined ? {} : { label: parseLabel(label) }),
    ...(diagnostics === undefined ? {} : { diagnostics }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/** How a session is lent. */
export interface LeaseOptions {
  readonly hooks: HookEmitter;
  /** What calls fail with when it was given back. */
  readonly closed: () => Error;
  /** What closing it does. */
  readonly giveBack: () => Promise<void>;
}

/** Another handle of a session of `openSession`, for somebody who has it alone for a while. */
export function leaseSession(base: Session, { hooks, closed, giveBack }: LeaseOptions): Session {
  if (!(base instanceof OpenSession)) throw new InternalError("The object is not a session of this package");
  const slots: SlotValues = new Map();
  const state = base[nativeSide].leased(hooks, closed);
  const session = new OpenSession(state, { warnings: base.warnings, slots, release: giveBack, giveBack });
  for (const [key, [slot, value]] of base[slotSide]) slots.set(key, [slot, slot.lent?.(value, session) ?? value]);
  return session;
}

/** Tells of an error that stops nothing. */
export function warn(hooks: HookEmitter, error: unknown): void {
  const { code, message } = toErrorPayload(error);
  hooks.emit("session.warning", { code, message });
}

/** Makes the session object of a native session. */
export function createSessionHandle(
  state: SessionState,
  { warnings, ended, disposal }: Pick<HandleParts, "warnings" | "ended"> & { readonly disposal: ExtensionDisposal },
): SessionHandle {
  const slots: SlotValues = new Map();
  const free = async (): Promise<void> => {
    const failure = await disposal.run(session);
    state.statements.close();
    state.handle.close();
    if (failure !== undefined) throw failure;
  };
  const session = new OpenSession(state, { warnings, slots, release: free, ended });
  return {
    session,
    abandon: () => session.end("failed").catch((error: unknown) => warn(state.hooks, error)),
    share: (hooks, release) => {
      const scoped = hooks.child({ sessionId: state.sessionId });
      return new OpenSession(state.shared(scoped), { warnings, slots, release });
    },
    free: async () => {
      state.shut();
      await Promise.allSettled([...state.streams].map((closeStream) => closeStream()));
      await free();
    },
  };
}
