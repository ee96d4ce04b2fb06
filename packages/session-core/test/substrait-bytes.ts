const encoder = new TextEncoder();

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** A member of a protobuf message: a text, or a message of members. */
function member(field: number, content: string | readonly Uint8Array[]): Uint8Array {
  const body = typeof content === "string" ? encoder.encode(content) : Buffer.concat(content);
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(body.length), ...body]);
}

/** A plan of one relation, by the number that its kind has in `substrait.Rel`. */
export function planOf(kind: number, relation: readonly Uint8Array[]): Uint8Array {
  return member(3, [member(1, [member(kind, relation)])]);
}

/** Kinds of relations. */
export const relations = { read: 1, cross: 12, write: 19, ddl: 20, update: 22 } as const;

/** One column `a` of 64 bits. */
const columns = member(2, [
  member(1, "a"),
  member(2, [member(1, [member(7, [Uint8Array.of(0x10, 1)])]), Uint8Array.of(0x18, 2)]),
]);

/** A plan that reads a table. */
export function readOf(...names: readonly string[]): Uint8Array {
  return planOf(relations.read, [
    columns,
    member(
      7,
      names.map((name) => member(1, name)),
    ),
  ]);
}

/** A plan that reads a file. */
export function fileOf(uri: string): Uint8Array {
  return planOf(relations.read, [columns, member(6, [member(1, [member(3, uri)])])]);
}
