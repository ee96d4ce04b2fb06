import { defineScalar, type ScalarFunction } from "@deltafuse/udf/scalar-function";

const radians = Math.PI / 180;
const earthMiles = 3958.8;
const halfChord = (degrees: number): number => Math.sin((degrees * radians) / 2) ** 2;

/** `great_circle(lat1, lon1, lat2, lon2)` in SQL: the way between two places in miles, a whole batch of rows per call. */
export const greatCircle: ScalarFunction = defineScalar({
  name: "great_circle",
  args: { lat1: "float64", lon1: "float64", lat2: "float64", lon2: "float64" },
  returns: "float64",
  volatility: "immutable",
  callColumns: ({ lat1, lon1, lat2, lon2 }, { rows }) => {
    const miles = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const [from = 0, to = 0] = [lat1.values[row], lat2.values[row]];
      const eastward = halfChord((lon2.values[row] ?? 0) - (lon1.values[row] ?? 0));
      const chord = halfChord(to - from) + Math.cos(from * radians) * Math.cos(to * radians) * eastward;
      miles[row] = 2 * earthMiles * Math.asin(Math.sqrt(chord));
    }
    return miles;
  },
});
