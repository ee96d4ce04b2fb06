// Findings that were reviewed and may stay, each with its reason.
const path = "tools/cutover/exceptions.json";

const isAbout = (exception, finding, lines) =>
  exception.gate === finding.gate &&
  exception.path === finding.path &&
  lines[finding.line - 1].includes(exception.text);

/** Findings without those that an exception is about, and a finding for each exception that is about nothing. */
export function withExceptions(findings, { exceptions, exceptionText, sources }) {
  const linesOf = new Map(sources.map((source) => [source.path, source.text.split("\n")]));
  const used = new Set();
  const left = findings.filter((finding) => {
    const found = exceptions.filter((one) => isAbout(one, finding, linesOf.get(finding.path)));
    for (const exception of found) used.add(exception);
    return found.length === 0;
  });
  const exceptionLines = exceptionText.split("\n");
  const lineOf = (exception) => {
    const at = exceptions.indexOf(exception);
    const starts = exceptionLines.flatMap((line, index) => (line.trim().startsWith("{") ? [index + 1] : []));
    return starts[at] ?? 1;
  };
  const unused = exceptions.filter((one) => !used.has(one));
  return [
    ...left,
    ...unused.map((exception) => ({
      gate: "exceptions",
      path,
      line: lineOf(exception),
      what: `nothing needs the exception for ${exception.path} any more: remove it`,
    })),
  ];
}
