// How long a build took last time, and what a running one has done so far.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "./cargo.mjs";
import { spell } from "../process.mjs";

const timesFile = () => join(cacheDirectory(), "build-times.json");

const lastTimes = () => {
  try {
    return JSON.parse(readFileSync(timesFile(), "utf8"));
  } catch {
    return {};
  }
};

/** `cold` when the dependencies are not compiled yet, else `warm`; of the profile `published` with its name. */
export function temperatureOf({ targetDirectory, host, profile }) {
  const suffix = profile === "release" ? "" : `-${profile}`;
  try {
    const built = readdirSync(join(targetDirectory, host, profile, "deps"));
    const isWarm = built.some((name) => name.startsWith("libdeltalake-") || name.startsWith("deltalake-"));
    return `${isWarm ? "warm" : "cold"}${suffix}`;
  } catch {
    return `cold${suffix}`;
  }
}

const firstTimes = {
  cold: "about half an hour on 2 cores, since nothing is cached (4 to 8 minutes on 8 cores or more)",
  warm: "four to six minutes on 2 cores, since the dependencies are compiled already",
  "cold-published": "about an hour on 2 cores, since nothing is cached",
  "warm-published": "about twenty minutes on 2 cores, most of it to link",
};

/** The sentence that announces a build. */
export function announcement(temperature) {
  const last = lastTimes()[temperature];
  if (last !== undefined) return `it took ${spell(last)} last time`;
  return firstTimes[temperature];
}

/** Keeps how long a build took. */
export function remember(temperature, milliseconds) {
  mkdirSync(dirname(timesFile()), { recursive: true });
  writeFileSync(timesFile(), JSON.stringify({ ...lastTimes(), [temperature]: Math.round(milliseconds) }));
}

/** What cargo is to be told so that its counter is in its output. */
export const progressEnvironment = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "100" };

// eslint-disable-next-line no-control-regex -- terminal sequences begin with the escape character
const terminalSequence = /\u001B\[[0-9;?]*[A-Za-z]/g;
const bar = /Building \[[^\]]*\] (\d+)\/(\d+)(?:: ([^\r\n]*))?/;
const routine = /^\s*(Compiling|Downloaded|Downloading|Locking|Updating|Blocking|Fresh|Finished)\b/;

/**
 * Reads cargo's output: prints a line of progress every 10 seconds and, at once, everything that is not routine
 * (warnings, errors). `end()` stops the clock.
 */
export function progressReader({ label, print }) {
  const started = Date.now();
  let counted;
  let pending = "";
  const tell = () => {
    const what = counted === undefined ? "preparing" : `${counted.done} of ${counted.all}, compiling ${counted.now}`;
    print(`  ${label}: ${what}, ${spell(Date.now() - started)}`);
  };
  const clock = setInterval(tell, 10_000);
  const read = (line) => {
    if (/^\s*Finished\b/.test(line)) clearInterval(clock);
    const found = bar.exec(line);
    if (found !== null) counted = { done: found[1], all: found[2], now: (found[3] ?? "").trim().slice(0, 60) };
    else if (line.trim() !== "" && !routine.test(line)) print(line);
  };
  return {
    onText: (text) => {
      const lines = (pending + text.replaceAll(terminalSequence, "")).split(/[\r\n]/);
      pending = lines.pop() ?? "";
      for (const line of lines) read(line);
    },
    end: () => {
      clearInterval(clock);
      read(pending);
      return Date.now() - started;
    },
  };
}
