import { resolve } from "node:path";

import { configDefaults, defineConfig } from "vitest/config";

/** Tests that open real rooms, a browser or child processes measure time: they run alone, one file after another. */
const roomTests = ["test/e2e/**/*.test.ts", "test/**/*.room.test.ts"];
/**
 * Of those, the ones that mostly wait: for processes to end, browsers to start, errors to be reported. Nothing in them
 * depends on how sound flows, so two run at once.
 */
const processTests = [
  "test/cli/chat.room.test.ts",
  "test/cli/main.room.test.ts",
  "test/e2e/home-page.test.ts",
  "test/e2e/media-process.test.ts",
  "test/e2e/runtime-death.test.ts",
  "test/e2e/tavus/crash-matrix.test.ts",
  "test/e2e/tavus/endings.test.ts",
  "test/e2e/tavus/journal.test.ts",
  "test/testing/chat/bot-process.room.test.ts",
];
/** Software of others against the emulator: their packages are installed by test/others/…/run.mjs, which runs these. */
const othersTests = ["test/others/**/*.test.ts"];
/** Property tests draw the same examples in every run: see test/support/fast-check.ts. */
const alias = [{ find: /^fast-check$/, replacement: resolve("test/support/fast-check.ts") }];
const conditions = ["tavus-transport-source", "module", "node", "development|production"];

export default defineConfig({
  // `tavus-transport` in a test means the sources beside it.
  resolve: { conditions, alias },
  ssr: { resolve: { conditions, externalConditions: ["tavus-transport-source", "node"] } },
  test: {
    retry: 0,
    // A poll ends when it is fulfilled; how long that takes is the machine's affair. Vitest would give up after 1 s.
    expect: { poll: { timeout: 10_000 } },
    globalSetup: ["scripts/build-browser.mjs"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...roomTests, ...othersTests],
          // Virtual time, but the machine's own speed: the slowest takes 1.2 s on a quiet one.
          testTimeout: 30_000,
          // Vitest would leave one core free, which is half of a machine that has two.
          maxWorkers: "100%",
        },
      },
      {
        extends: true,
        test: {
          name: "room",
          include: roomTests,
          exclude: [...configDefaults.exclude, ...processTests],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "process",
          include: processTests,
          // A process for each file: they kill browsers, and look for what is left of them.
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "others-rest",
          include: ["test/others/rest/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "others-web",
          include: ["test/others/web/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
