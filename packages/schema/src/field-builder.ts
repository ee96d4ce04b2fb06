import type { FieldType } from "@deltafuse/session-core/field-type";

/** Metadata of a field: text by key. */
export type FieldMetadata = Readonly<Record<string, string>>;

/** A type on its way into a table: nullable unless {@link FieldBuilder.notNull} says otherwise. Immutable. */
export interface FieldBuilder<T extends FieldType = FieldType, Nullable extends boolean = boolean> {
  readonly type: T;
  readonly nullable: Nullable;
  readonly metadata?: FieldMetadata;
  /** The same, without nulls. */
  notNull(): FieldBuilder<T, false>;
  /** The same with these metadata entries besides those it has. */
  withMetadata(metadata: FieldMetadata): FieldBuilder<T, Nullable>;
}

/** A field that a builder and a name make; with a type for each member, so that row types follow. */
export interface BuiltField<Name extends string, B extends FieldBuilder> {
  readonly name: Name;
  readonly type: B["type"];
  readonly nullable: B["nullable"];
  readonly metadata?: FieldMetadata;
}

/** Builders by name, in column order. */
export type FieldBuilders = Readonly<Record<string, FieldBuilder>>;

/** The fields of named builders, as a union. */
export type BuiltFields<F extends FieldBuilders> = {
  readonly [Name in keyof F & string]: BuiltField<Name, F[Name]>;
}[keyof F & string];

class Builder<T extends FieldType, Nullable extends boolean> implements FieldBuilder<T, Nullable> {
  readonly type: T;
  readonly nullable: Nullable;
  declare readonly metadata?: FieldMetadata;

  constructor(type: T, nullable: Nullable, metadata: FieldMetadata | undefined) {
    this.type = type;
    this.nullable = nullable;
    if (metadata !== undefined) this.metadata = metadata;
  }

  notNull(): FieldBuilder<T, false> {
    return new Builder(this.type, false, this.metadata);
  }

  withMetadata(metadata: FieldMetadata): FieldBuilder<T, Nullable> {
    return new Builder(this.type, this.nullable, { ...this.metadata, ...metadata });
  }
}

/** A nullable field of a type. */
export function fieldBuilder<T extends FieldType>(type: T): FieldBuilder<T, true> {
  return new Builder<T, true>(type, true, undefined);
}

/** The field of a builder. */
export function builtField<Name extends string, B extends FieldBuilder>(name: Name, builder: B): BuiltField<Name, B> {
  const { type, nullable, metadata } = builder;
  return { name, type, nullable, ...(metadata === undefined ? {} : { metadata }) };
}
