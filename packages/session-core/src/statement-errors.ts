import { sessionError } from "./errors.ts";
import type { SessionDetails, SessionError } from "./errors.ts";

/** `SQL.TYPE_UNKNOWN`: a text that names no type; `reason` is a clause that says why. */
export function typeUnknown(text: string, reason: string, nearest: string | null): SessionError<"SQL.TYPE_UNKNOWN"> {
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return sessionError("SQL.TYPE_UNKNOWN", `${JSON.stringify(text)} is not a type: ${reason}.${hint}`, {
    details: { text, nearest },
  });
}

/** `SQL.POLICY_VIOLATION`: the SQL policy forbids a statement. */
export function policyViolation(details: SessionDetails<"SQL.POLICY_VIOLATION">): SessionError<"SQL.POLICY_VIOLATION"> {
  const object = details.object === undefined ? "" : ` (${details.object})`;
  return sessionError(
    "SQL.POLICY_VIOLATION",
    `The SQL policy ${details.policy} forbids ${details.statementKind}${object}: ${details.violation}. ` +
      "Use a statement the policy allows, or open the session with another policy.",
    { details },
  );
}

/** `SQL.PARAMETER_MIXED`: positional and named parameters in one statement. */
export function parameterMixed(details: SessionDetails<"SQL.PARAMETER_MIXED">): SessionError<"SQL.PARAMETER_MIXED"> {
  return sessionError(
    "SQL.PARAMETER_MIXED",
    `The statement mixes positional parameters (${details.positional.join(", ")}) with named ones ` +
      `(${details.named.join(", ")}). Use one form.`,
    { details },
  );
}

/** `SQL.PARAMETER_NAME`: a name that no parameter can have. */
export function parameterName(parameter: string): SessionError<"SQL.PARAMETER_NAME"> {
  return sessionError(
    "SQL.PARAMETER_NAME",
    `${JSON.stringify(parameter)} is not a parameter name. Use letters, digits and underscores, not starting with a digit.`,
    { details: { parameter } },
  );
}

/** `SQL.PREPARED_NOT_FOUND`: no prepared statement has the name. */
export function preparedNotFound(name: string): SessionError<"SQL.PREPARED_NOT_FOUND"> {
  return sessionError(
    "SQL.PREPARED_NOT_FOUND",
    `There is no prepared statement ${JSON.stringify(name)}. PREPARE it, or declare it in the profile.`,
    { details: { name } },
  );
}

/** `SQL.PARAMETER_NAME`: a name that stands for a value and for a table. */
export function parameterTaken(parameter: string): SessionError<"SQL.PARAMETER_NAME"> {
  return sessionError(
    "SQL.PARAMETER_NAME",
    `${parameter} is given as a value and as a table. Give one of them another name.`,
    { details: { parameter } },
  );
}

/** `SQL.TABLE_PARAMETER_CONSUMED`: rows that can be read once, for a view that is read many times. */
export function viewOfOnce(name: string): SessionError<"SQL.TABLE_PARAMETER_CONSUMED"> {
  return sessionError(
    "SQL.TABLE_PARAMETER_CONSUMED",
    `A view cannot be made of rows that can be read only once. Make the view ${name} of a table, or of a spooled frame.`,
    { details: { parameter: name } },
  );
}

/** `SQL.EMPTY_LIST`: a list of no values, which SQL cannot write. */
export function emptyList(): SessionError<"SQL.EMPTY_LIST"> {
  return sessionError(
    "SQL.EMPTY_LIST",
    "sql.list() has no values, and SQL has no empty list. Use sql.in(), which is FALSE then, or leave the condition out.",
    { details: {} },
  );
}

/** `SQL.PARSE_ERROR`: parts that make no name. */
export function noIdentifier(parts: readonly string[]): SessionError<"SQL.PARSE_ERROR"> {
  return sessionError(
    "SQL.PARSE_ERROR",
    `${JSON.stringify(parts)} is no name: sql.ident() takes at least one part, and no part may be empty.`,
    { details: {} },
  );
}

/** `FRAME.FOREIGN_SESSION`: a frame of another session. */
export function foreignSession(sessionId: string, otherSessionId: string): SessionError<"FRAME.FOREIGN_SESSION"> {
  return sessionError(
    "FRAME.FOREIGN_SESSION",
    `The frame belongs to session ${otherSessionId}, not to ${sessionId}. Frames of two sessions do not mix: ` +
      "collect one of them and pass it with fromArrow().",
    { details: { sessionId, otherSessionId } },
  );
}

/** `QUERY.RESULT_TOO_LARGE`: a result passed a limit of what is collected in memory. */
export function resultTooLarge(
  details: SessionDetails<"QUERY.RESULT_TOO_LARGE">,
): SessionError<"QUERY.RESULT_TOO_LARGE"> {
  const { limit, seen, unit } = details;
  return sessionError(
    "QUERY.RESULT_TOO_LARGE",
    `The result has more than ${limit} ${unit} (${seen} were seen). Stream it, add a LIMIT, or raise the limit.`,
    { details },
  );
}

/** `QUERY.NOT_SINGLE_ROW`: a result is not the one row, or the one value, that was asked for. */
export function notSingleRow(details: SessionDetails<"QUERY.NOT_SINGLE_ROW">): SessionError<"QUERY.NOT_SINGLE_ROW"> {
  const { rows, columns } = details;
  const found = columns === null ? `${rows === 0 ? "no" : "more than one"} row` : `${columns} columns`;
  return sessionError(
    "QUERY.NOT_SINGLE_ROW",
    `The result has ${found}. Filter or aggregate to one row, or use first() or rows().`,
    { details },
  );
}

/** `QUERY.STREAM_CONSUMED`: a stream, or a lent batch of one, was read a second time. */
export function streamConsumed(queryId: string): SessionError<"QUERY.STREAM_CONSUMED"> {
  return sessionError(
    "QUERY.STREAM_CONSUMED",
    `The stream of query ${queryId} was read already. A stream has one consumer; run the frame again for another one.`,
    { details: { queryId } },
  );
}
