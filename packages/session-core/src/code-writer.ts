import type { ColumnView } from "./column-batch.ts";
import { getterBinder } from "./row-getters.ts";
import type { ValuePlan } from "./row-plan.ts";

/** Takes what a generated function reads out of the columns of a batch. */
export type PartReader = (columns: readonly ColumnView[]) => unknown;

/** Where the code of one value stands. */
export interface CodeSite {
  readonly plan: ValuePlan;
  /** Finds the view of the plan in the columns of a batch. */
  readonly find: (columns: readonly ColumnView[]) => ColumnView | undefined;
  /** Variable that holds the row of the view. */
  readonly row: string;
  /** Statements at the start of the function that the code stands in. */
  readonly scope: string[];
}

/** Writes code for the value of a site that is not null; answers an expression. */
export type ValueCode = (writer: CodeWriter, site: CodeSite) => string;

/** Collects the parts and functions of generated code. */
export interface CodeWriter {
  /** Variable that holds what `read` takes out of the view of a site. */
  part(site: CodeSite, read: (view: ColumnView) => unknown): string;
  /** Variable that holds a value of ours, for example a function. */
  constant(value: unknown): string;
  /** Variable for a number between two steps of an expression. */
  temporary(site: CodeSite): string;
  /** Call of the closure getter of the plan: it answers null for null, and throws what generated code does not. */
  getter(site: CodeSite): string;
  /** A fresh name. */
  name(prefix: string): string;
  /** Adds a function in front of the loop. */
  define(statement: string): void;
}

/** A writer and what was written with it. */
export interface WrittenCode extends CodeWriter {
  readonly parts: readonly PartReader[];
  readonly definitions: readonly string[];
}

class Writer implements WrittenCode {
  readonly parts: PartReader[] = [];
  readonly definitions: string[] = [];
  #names = 0;

  part(site: CodeSite, read: (view: ColumnView) => unknown): string {
    this.parts.push((columns) => {
      const view = site.find(columns);
      return view === undefined ? null : read(view);
    });
    return `p${this.parts.length - 1}`;
  }

  constant(value: unknown): string {
    this.parts.push(() => value);
    return `p${this.parts.length - 1}`;
  }

  temporary(site: CodeSite): string {
    const name = this.name("t");
    site.scope.push(`let ${name} = 0;`);
    return name;
  }

  getter(site: CodeSite): string {
    return `${this.part(site, getterBinder(site.plan))}(${site.row})`;
  }

  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  define(statement: string): void {
    this.definitions.push(statement);
  }
}

/** Starts with nothing written. */
export function codeWriter(): WrittenCode {
  return new Writer();
}
