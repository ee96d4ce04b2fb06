import { defineConfig } from "vitest/config";

// Without "module": Node, which loads the packages from outside, knows no such condition.
const conditions = ["@deltafuse/source", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages/*,native,examples,benchmarks,tools}/test/**/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
  },
});
