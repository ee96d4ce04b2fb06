import type {
  ApplyRequest,
  ArtifactRequest,
  BindRequest,
  CacheSpec,
  CatalogRequest,
  ClassifyRequest,
  ClearCachesRequest,
  DeltaCreateRequest,
  DeltaDeleteRequest,
  DeltaExistsRequest,
  DeltaHistoryRequest,
  DeltaMergeCall,
  DeltaOpenRequest,
  DeltaProviderRequest,
  DeltaWriteCall,
  DescribeScanRequest,
  ExplainRequest,
  FailRequest,
  FunctionSpec,
  IntrospectRequest,
  OpenSinkRequest,
  PlanSqlRequest,
  PrepareSqlRequest,
  PreparedSqlRequest,
  PrepareTableRequest,
  ProbeRequest,
  RestoreRequest,
  RuntimeOptions,
  SchemaCodecRequest,
  SessionSpec,
  SpoolRequest,
  StreamRequest,
  SubstraitRequest,
  TraceRequest,
  ValuesRequest,
  WriteFactsRequest,
  WriteFilesRequest,
} from "../wire.d.ts";

type NoMembers = Readonly<Record<string, never>>;

/** The document of every entrypoint that takes one, beside its version. */
interface WireRequests {
  readonly configureRuntime: RuntimeOptions;
  readonly createCacheScope: CacheSpec;
  readonly "cacheScope.clear": ClearCachesRequest;
  readonly createSession: SessionSpec;
  readonly classifySql: ClassifyRequest;
  readonly schemaCodec: SchemaCodecRequest;
  readonly openSink: OpenSinkRequest;
  readonly "session.settings": NoMembers;
  readonly "session.rules": NoMembers;
  readonly "session.runtimeMetrics": NoMembers;
  readonly "session.clearCaches": ClearCachesRequest;
  readonly "session.checkpoint": NoMembers;
  readonly "session.restore": RestoreRequest;
  readonly "session.introspect": IntrospectRequest;
  readonly "session.planSql": PlanSqlRequest;
  readonly "session.prepareSql": PrepareSqlRequest;
  readonly "session.preparedSql": PreparedSqlRequest;
  readonly "prepared.bind": BindRequest;
  readonly "session.values": ValuesRequest;
  readonly "session.applyOps": ApplyRequest;
  readonly "session.fromSubstrait": SubstraitRequest;
  readonly "session.prepareTable": PrepareTableRequest;
  readonly "session.catalogApply": CatalogRequest;
  readonly "session.probeLocation": ProbeRequest;
  readonly "session.writeFacts": WriteFactsRequest;
  readonly "session.writeFiles": WriteFilesRequest;
  readonly "session.registerFunction": FunctionSpec;
  readonly "session.deltaExists": DeltaExistsRequest;
  readonly "session.deltaCreate": DeltaCreateRequest;
  readonly "session.deltaWrite": DeltaWriteCall;
  readonly "session.deltaOpen": DeltaOpenRequest;
  readonly "table.merge": DeltaMergeCall;
  readonly "table.delete": DeltaDeleteRequest;
  readonly "table.refresh": NoMembers;
  readonly "table.snapshot": NoMembers;
  readonly "table.history": DeltaHistoryRequest;
  readonly "table.provider": DeltaProviderRequest;
  readonly "table.scan": NoMembers;
  readonly "frame.stream": StreamRequest;
  readonly "frame.planArtifact": ArtifactRequest;
  readonly "frame.explain": ExplainRequest;
  readonly "frame.toSql": NoMembers;
  readonly "frame.planLineage": NoMembers;
  readonly "frame.optimizerTrace": TraceRequest;
  readonly "frame.probePushdown": NoMembers;
  readonly "frame.describeScan": DescribeScanRequest;
  readonly "frame.spool": SpoolRequest;
  readonly "session.functionCatalog": NoMembers;
  readonly "sink.push": NoMembers;
  readonly "sink.finish": NoMembers;
  readonly "sink.fail": FailRequest;
}

/** Every entrypoint that takes a document. */
export type RequestName = keyof WireRequests;

/** A document with its defaults left out. */
type Sent<T> = T extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [Member in keyof T]?: Sent<T[Member]> }
    : T;

/** Members that a request may have by the generated types of the wire. */
export type RequestOf<Name extends RequestName> = Sent<WireRequests[Name]>;
