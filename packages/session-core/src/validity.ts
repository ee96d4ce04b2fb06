/** Whether a bit of a bitmap is set: bit `index & 7` of byte `index >> 3`. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

/** Whether row `index` has a value; without a bitmap every row has. */
export function isValid(validity: Uint8Array | null, index: number): boolean {
  return validity === null || bitAt(validity, index);
}

/** A bitmap that starts at bit `offset` of another one: the same memory where it starts at a byte, else a copy. */
export function sliceBits(bits: Uint8Array, offset: number, length: number): Uint8Array {
  const start = offset >> 3;
  const shift = offset & 7;
  const size = (length + 7) >> 3;
  if (shift === 0) return bits.subarray(start, start + size);
  return Uint8Array.from({ length: size }, (_, index) => {
    const low = bits[start + index] ?? 0;
    const high = bits[start + index + 1] ?? 0;
    return ((low >> shift) | (high << (8 - shift))) & 255;
  });
}
