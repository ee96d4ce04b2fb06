import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
import { expect, it } from "vitest";
// #region imports
import { functions } from "@deltafuse/udf/extension";
import { registerFunction } from "@deltafuse/udf/registry";
import { defineScalar } from "@deltafuse/udf/scalar-function";
// #endregion

it("runs the example of the README", async () => {
  const profile = parseProfile({ preset: "test" });
  // #region example
  const mask = defineScalar({
    name: "mask",
    args: { text: "utf8" },
    returns: "utf8",
    volatility: "immutable",
    call: (text) => text.replace(/.(?=.{4})/g, "*"),
  });

  const fahrenheit = defineScalar({
    name: "fahrenheit",
    args: { celsius: "float64" },
    returns: "float64",
    callColumns: ({ celsius }) => celsius.values.map((value) => value * 1.8 + 32), // a typed array is passed on as it is
  });

  const session = await openSession(profile, { extensions: [functions({ define: [mask] })] });
  let rows: readonly object[];
  try {
    await registerFunction(session, fahrenheit);
    const query = "SELECT mask(card) AS card, fahrenheit(t) AS f FROM (VALUES ('1234567890', 20.0)) AS v(card, t)";
    rows = await session.sql(query).rows(); // [{ card: "******7890", f: 68 }]
  } finally {
    await session.close();
  }
  // #endregion
  expect(rows.slice()).toEqual([{ card: "******7890", f: 68 }]);
});
