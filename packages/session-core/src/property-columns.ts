import { blindCast } from "@deltafuse/config/casts";
import { type BoundedCache, boundedCache } from "./bounded-cache.ts";
import { isPresent } from "./build-context.ts";

/** The properties of the objects `start` to `end`, one array per property; of null and undefined, null. */
export type PropertyColumns = (objects: readonly unknown[], start: number, end: number) => readonly unknown[][];

/** Fewer objects are read faster than a function is generated. */
const worthGenerating = 256;

/** An expression for a property of `object`. Names that all objects have count only where they are properties of its own. */
function propertyCode(name: string): string {
  const key = JSON.stringify(name);
  return name in Object.prototype ? `(Object.hasOwn(object, ${key}) ? object[${key}] : undefined)` : `object[${key}]`;
}

/** All properties of an object in one pass, each read at a place of its own. Throws EvalError where that is forbidden. */
function generatedColumns(names: readonly string[]): PropertyColumns {
  const columns = names.map((_, index) => `c${index}`);
  const body = `"use strict";
  ${columns.map((column) => `const ${column} = new Array(end - start);`).join("\n")}
  for (let index = start, row = 0; index < end; index++, row++) {
    const object = objects[index];
    if (object === null || object === undefined) {
      ${columns.map((column) => `${column}[row] = null;`).join("\n")}
    } else {
      ${columns.map((column, index) => `${column}[row] = ${propertyCode(names[index] ?? "")};`).join("\n")}
    }
  }
  return [${columns.join(", ")}];`;
  // Names of the data enter the code as JSON strings alone.
  // oxlint-disable-next-line typescript/no-implied-eval
  const generated: unknown = new Function("objects", "start", "end", body);
  return blindCast<PropertyColumns, "the generated function has these parameters">(generated);
}

function propertyReader(name: string): (value: unknown) => unknown {
  const own = blindCast<Record<string, unknown>, "properties are read by name">;
  if (name in Object.prototype) return (value) => (Object.hasOwn(own(value), name) ? own(value)[name] : undefined);
  return (value) => own(value)[name];
}

function closureColumns(names: readonly string[]): PropertyColumns {
  const readers = names.map(propertyReader);
  return (objects, start, end) => {
    const some = objects.slice(start, end);
    return readers.map((read) => some.map((object) => (isPresent(object) ? read(object) : null)));
  };
}

/** Generated functions by what they read: one that was called before is compiled already. */
const kept: BoundedCache<PropertyColumns> = boundedCache(64);

function generatedOrClosures(names: readonly string[], closures: PropertyColumns): PropertyColumns {
  try {
    return kept.getOr(JSON.stringify(names), () => generatedColumns(names));
  } catch (error) {
    if (error instanceof EvalError) return closures;
    throw error;
  }
}

/** Reads the properties with these names: by generated code where there are many objects and the process allows it. */
export function propertyColumns(names: readonly string[]): PropertyColumns {
  const closures = closureColumns(names);
  let generated: PropertyColumns | undefined;
  return (objects, start, end) => {
    if (end - start < worthGenerating) return closures(objects, start, end);
    generated ??= generatedOrClosures(names, closures);
    return generated(objects, start, end);
  };
}
