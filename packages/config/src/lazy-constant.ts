/**
 * What does not change while the process runs, computed when it is first asked for. A promise is kept however it settles.
 *
 * @example
 * const list = lazyConstant(() => [1]);
 * list() === list(); // true
 */
export function lazyConstant<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
