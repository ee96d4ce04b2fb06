import { defineConfig } from "vitest/config";

const conditions = ["@deltafuse/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages/*,native,examples,benchmarks,tools}/test/**/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
  },
});
