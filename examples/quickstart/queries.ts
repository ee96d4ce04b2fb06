import { call, col } from "@deltafuse/session-core/expression";
import type { Session } from "@deltafuse/session-core/session";
import { count, print } from "./step.ts";

interface Flight {
  readonly month: number;
  readonly delay: number;
}

/** Step 3: SQL over all flights, drawn as a table; then every flight as a row object, streamed batch by batch. */
export async function queryFlights(session: Session): Promise<void> {
  const routes = session.sql(`
    WITH routes AS (
      SELECT origin, destination, count(*) AS flights, round(avg(delay), 1) AS "average delay"
      FROM flights GROUP BY origin, destination)
    SELECT o.city AS "from", d.city AS "to", flights, "average delay"
    FROM routes JOIN airports o ON origin = o.iata JOIN airports d ON destination = d.iata
    ORDER BY flights DESC LIMIT 5`);
  print(await routes.show());

  const everyFlight = session.sql(`
    SELECT CAST(date_part('month', date) AS INT) AS month, delay, state
    FROM airports JOIN flights ON iata = origin`);
  const stream = await everyFlight.stream({
    onProgress: ({ rows, elapsedMs }) => print(`${count(rows)} rows read in ${elapsedMs} ms`),
  });
  const months = new Map<number, { month: number; flights: number; delay: number }>();
  for await (const flights of stream.rowBatches<Flight>({ values: "plain" })) {
    for (const { month, delay } of flights) {
      const sum = months.get(month) ?? { month, flights: 0, delay: 0 };
      sum.flights += 1;
      sum.delay += delay;
      months.set(month, sum);
    }
  }
  const average = call("round", col("delay").cast("float64").div(col("flights")), 1);
  print(
    await session
      .fromRows([...months.values()])
      .withColumn("delay", average)
      .sort("month")
      .show(),
  );
}

/** Step 4: a TypeScript function in SQL, called with whole columns, for every flight. */
export async function compareDistances(session: Session): Promise<void> {
  const measured = session.sql(`
    SELECT origin, destination, distance, great_circle(o.latitude, o.longitude, d.latitude, d.longitude) AS miles
    FROM airports o JOIN flights ON origin = o.iata JOIN airports d ON destination = d.iata`);
  const differs = call("max", call("abs", col("distance").sub(col("miles"))));
  const routes = await measured
    .aggregate({
      by: ["origin", "destination", "distance"],
      values: { flights: call("count"), "great circle": call("max", col("miles")), difference: differs },
    })
    .collect();

  const all = session.fromArrow(routes);
  const near = all.filter(col("difference").lte(5)).aggregate({ values: { flights: call("sum", col("flights")) } });
  const agreeing = await near.first<{ flights: number }>({ values: "plain" });
  print(`${count(agreeing?.flights)} flights are told within 5 miles of the great circle. Those that disagree most:`);
  const rounded = all.withColumn("great circle", call("round", col("great circle"), 1));
  print(await rounded.sort(col("difference").desc(), "origin").drop("difference").limit(5).show());
}
