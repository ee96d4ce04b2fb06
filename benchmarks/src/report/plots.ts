import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { blindCast } from "@deltafuse/config/casts";
import { anchor, escaped, figureOf, folded, table } from "./markup.ts";

/** Everybody who can be in a plot, each with a colour of the page and a shape. */
const entrants = ["deltafuse", "floor", "duckdb", "polars", "base"] as const;
const shapes = ["circle", "diamond2", "square", "triangle2", "times"] as const;

/** What all plots have in common. */
export interface PlotHead {
  readonly title: string;
  /** Of the axis of values, with its unit. */
  readonly label: string;
  readonly scale: "linear" | "log";
}

/** Renders into HTML what a plot drew. */
type Marks = readonly Plot.Markish[];

const width = 760;
const rowHeight = 22;
const letterWidth = 6.2;

function marginFor(names: readonly string[]): number {
  return 30 + letterWidth * Math.max(0, ...names.map((name) => name.length));
}

/** Two digits behind the point are enough for a picture. */
function rounded(svg: string): string {
  return svg.replaceAll(/(\d+\.\d{2})\d+/g, "$1");
}

function drawn(head: PlotHead, options: Plot.PlotOptions, marks: Marks): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const color = { domain: [...entrants], range: entrants.map((name) => `var(--${name})`) };
  const symbol = { domain: [...entrants], range: [...shapes] };
  const shared: Plot.PlotOptions = { document, width, color, symbol, marks: [...marks], ...options };
  const { outerHTML } = blindCast<{ readonly outerHTML: string }, "an element">(Plot.plot(shared));
  const id = `plot-${anchor(head.title)}`;
  const opening = `<svg role="img" aria-labelledby="${id}" `;
  return rounded(outerHTML).replace(/^<svg ([^>]*)>/, `${opening}$1><title id="${id}">${escaped(head.title)}</title>`);
}

function legend(names: readonly string[]): string {
  const known = entrants.filter((name) => names.includes(name));
  if (known.length < 2) return "";
  const marks = known.map((name) => `<span class="key"><span class="swatch ${name}"></span>${name}</span>`);
  return `<p class="legend">${marks.join(" ")}</p>`;
}

interface Pictured {
  readonly svg: string;
  readonly names: readonly string[];
  readonly data: string;
}

function figure({ title }: PlotHead, { svg, names, data }: Pictured): string {
  const caption = `<figcaption>${escaped(title)}</figcaption>`;
  return `<figure>${caption}${legend(names)}${svg}\n${folded("Data", data)}</figure>`;
}

const axis = ({ label, scale }: PlotHead): Plot.ScaleOptions => ({
  label: `${label} →`,
  labelAnchor: "right",
  grid: true,
  ...(scale === "log" ? { type: "log", tickFormat: (value: number) => figureOf(value) } : { nice: true, zero: true }),
});

/** A value with its interval and what is held against it. */
export interface IntervalRow {
  readonly name: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly limit: number;
  readonly must: number;
  readonly aim: number | null;
  readonly verdict: string;
}

/** Estimates with intervals against their limits, one line each. */
export function intervalPlot(head: PlotHead, rows: readonly IntervalRow[]): string {
  const options = {
    marginLeft: marginFor(rows.map(({ name }) => name)),
    height: 60 + rowHeight * rows.length,
    x: axis(head),
    y: { label: null, domain: rows.map(({ name }) => name) },
  };
  const reds = rows.filter(({ verdict }) => verdict !== "pass" && verdict !== "improved");
  const marks = [
    Plot.tickX(rows, { x: "must", y: "name", stroke: "var(--must)", strokeWidth: 2.5 }),
    Plot.tickX(rows, { x: "limit", y: "name", stroke: "var(--must)", strokeDasharray: "2,2" }),
    Plot.tickX(
      rows.filter(({ aim }) => aim !== null),
      { x: "aim", y: "name", stroke: "var(--aim)", strokeWidth: 1.5 },
    ),
    Plot.link(rows, { x1: "lower", x2: "upper", y1: "name", y2: "name", stroke: "currentColor", strokeWidth: 1.5 }),
    Plot.dot(rows, { x: "value", y: "name", fill: "currentColor", r: 3.5 }),
    Plot.dot(reds, { x: "value", y: "name", stroke: "var(--red)", strokeWidth: 2, r: 7 }),
  ];
  const data = table(
    `${head.title}: ${head.label}`,
    ["promise", "found", "from", "to", "limit", "must", "aim", "verdict"],
    rows.map((row) => [
      row.name,
      ...[row.value, row.lower, row.upper, row.limit, row.must, row.aim].map(figureOf),
      row.verdict,
    ]),
  );
  return figure(head, { svg: drawn(head, options, marks), names: [], data });
}

/** One value of somebody. */
export interface EntrantValue {
  readonly entrant: string;
  readonly value: number;
}

/** Every value of everybody, a strip each. */
export function stripPlot(head: PlotHead, values: readonly EntrantValue[], summary: string): string {
  const names = entrants.filter((name) => values.some(({ entrant }) => entrant === name));
  const options = {
    marginLeft: 80,
    height: 50 + rowHeight * names.length,
    x: axis(head),
    y: { label: null, domain: names },
  };
  const marks = [Plot.tickX(values, { x: "value", y: "entrant", stroke: "entrant", strokeOpacity: 0.65 })];
  return figure(head, { svg: drawn(head, options, marks), names: [], data: summary });
}

/** A value of somebody for something. */
export interface BarRow extends EntrantValue {
  readonly name: string;
}

function barTable(head: PlotHead, rows: readonly BarRow[]): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const present = entrants.filter((entrant) => rows.some((row) => row.entrant === entrant));
  const value = (name: string, entrant: string): number | null =>
    rows.find((row) => row.name === name && row.entrant === entrant)?.value ?? null;
  const lines = names.map((name) => [name, ...present.map((entrant) => figureOf(value(name, entrant)))]);
  return table(`${head.title}: ${head.label}`, ["", ...present], lines);
}

/** Bars from zero, grouped by what they are about. */
export function barPlot(head: PlotHead, rows: readonly BarRow[]): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const present = entrants.filter((entrant) => rows.some((row) => row.entrant === entrant));
  const options = {
    marginLeft: marginFor(names),
    height: 60 + names.length * (12 + 11 * present.length),
    x: axis(head),
    y: { axis: null, domain: present },
    fy: { label: null, domain: names, axis: "left" },
  } as const;
  const marks = [Plot.barX(rows, { x: "value", y: "entrant", fy: "name", fill: "entrant" }), Plot.ruleX([0])];
  return figure(head, { svg: drawn(head, options, marks), names: present, data: barTable(head, rows) });
}

/** A value of somebody at a size. */
export interface GrowthRow extends EntrantValue {
  readonly size: number;
}

/** How values follow a size that grows. */
export function growthPlot(head: PlotHead & { readonly sizeLabel: string }, rows: readonly GrowthRow[]): string {
  const sizes = [...new Set(rows.map(({ size }) => size))].toSorted((left, right) => left - right);
  const present = entrants.filter((entrant) => rows.some((row) => row.entrant === entrant));
  const options = {
    marginLeft: 70,
    height: 280,
    x: {
      type: "log",
      label: `${head.sizeLabel} →`,
      ticks: sizes,
      tickFormat: (size: number) => size.toLocaleString("en"),
    },
    y: { ...axis(head), label: `↑ ${head.label}`, labelAnchor: "top" },
  } as const;
  const marks = [
    Plot.line(rows, { x: "size", y: "value", stroke: "entrant", sort: "size" }),
    Plot.dot(rows, { x: "size", y: "value", stroke: "entrant", symbol: "entrant", r: 4 }),
  ];
  const data = barTable(
    head,
    sizes.flatMap((size) =>
      rows.filter((row) => row.size === size).map((row) => ({ ...row, name: size.toLocaleString("en") })),
    ),
  );
  return figure(head, { svg: drawn(head, options, marks), names: present, data });
}

/** A value of one run. */
export interface HistoryPoint {
  readonly run: string;
  /** Of the extension. */
  readonly profile: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly limit: number;
}

/** How a value went from run to run. */
export function historyPlot(head: PlotHead, points: readonly HistoryPoint[]): string {
  const options = {
    marginLeft: 60,
    marginBottom: 40,
    height: 180,
    x: { type: "point", label: null, domain: points.map(({ run }) => run) },
    y: { ...axis(head), label: `↑ ${head.label}`, labelAnchor: "top" },
  } as const;
  const marks = [
    Plot.line(points, { x: "run", y: "limit", stroke: "var(--must)", strokeDasharray: "2,2" }),
    Plot.link(points, { x1: "run", x2: "run", y1: "lower", y2: "upper", stroke: "var(--deltafuse)" }),
    Plot.line(points, { x: "run", y: "value", stroke: "var(--deltafuse)" }),
    Plot.dot(points, { x: "run", y: "value", fill: "var(--deltafuse)" }),
  ];
  const rows = points.map((one) => [
    one.run,
    one.profile,
    ...[one.value, one.lower, one.upper, one.limit].map(figureOf),
  ]);
  const data = table(`${head.title}: ${head.label}`, ["run", "profile", "found", "from", "to", "limit"], rows);
  return figure(head, { svg: drawn(head, options, marks), names: [], data });
}
