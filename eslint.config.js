import prettier from "eslint-config-prettier";
import { defineConfig, globalIgnores } from "eslint/config";
import { join } from "node:path";
import tseslint from "typescript-eslint";
import { importDirection } from "./scripts/import-direction.js";

/** What the pipeline's engine shares with its users. */
const pipelineTerms = ["pipeline/pipeline-errors.ts", "pipeline/processor-types.ts"];
/** Vendors, each with its adapters in a room of its own: none imports another. */
const vendors = ["ai-sdk", "cartesia", "deepgram", "elevenlabs", "openai", "smart-turn"];
/** What a service may import; adapters import the base classes as well. */
const forServices = ["util", "audio", "frames", "pipeline/index.ts", "processors"];
/** What each room of src/ may import beside itself. `transport/base` and the like are rooms of their own. */
const library = {
  util: [],
  audio: ["util"],
  api: ["util"],
  // Conversations of pals that need no bot: no pipeline and no room.
  manager: ["util", "api"],
  frames: ["util", "audio"],
  // The pipeline's own rooms, from the ground up; others import its index.ts.
  "pipeline/observing": ["util", "frames"],
  "pipeline/pipeline-errors.ts": ["util", "frames"],
  "pipeline/processor-types.ts": ["util", "frames", "pipeline/pipeline-errors.ts", "pipeline/observing"],
  "pipeline/engine": ["util", "audio", "frames", ...pipelineTerms, "pipeline/observing"],
  pipeline: ["util", "frames", ...pipelineTerms, "pipeline/observing", "pipeline/engine"],
  "pipeline/parallel": ["util", "frames", ...pipelineTerms, "pipeline/engine", "pipeline"],
  "pipeline/task": ["util", "frames", ...pipelineTerms, "pipeline/observing", "pipeline"],
  "pipeline/index.ts": [
    ...pipelineTerms,
    ...["observing", "engine", "parallel", "task"].map((room) => `pipeline/${room}`),
    "pipeline",
  ],
  // The room `pipeline` besides its index: for `matchesAny`.
  processors: ["util", "audio", "frames", "pipeline/index.ts", "pipeline"],
  observers: ["util", "audio", "frames", "pipeline/index.ts"],
  services: forServices,
  ...Object.fromEntries(vendors.map((vendor) => [`services/${vendor}`, [...forServices, "services"]])),
  // What web clients see of a bot. Transports bring it into the pipeline.
  rtvi: ["util", "audio", "frames", "pipeline/index.ts", "processors", "observers"],
  // Where the voice goes and how much of it has been heard: knows no frames and no pipeline.
  "transport/playout": ["util", "audio"],
  "transport/base": ["util", "audio", "frames", "pipeline/index.ts", "pipeline/engine", "transport/playout"],
  "transport/daily": ["util", "audio", "transport/playout"],
  // What every transport in a Daily room needs, each part for itself.
  "transport/room": ["util", "frames", "rtvi", "transport/base", "transport/daily"],
  "transport/daily-room": [
    "util",
    "frames",
    "pipeline/index.ts",
    "rtvi",
    "transport/playout",
    "transport/base",
    "transport/daily",
    "transport/room",
  ],
  "transport/tavus": [
    "util",
    "audio",
    "api",
    "frames",
    "pipeline/index.ts",
    "rtvi",
    "transport/playout",
    "transport/base",
    "transport/daily",
    "transport/room",
  ],
};
const mayImport = {
  ...library,
  // A second opinion on the services it stands for: it shares no code with what it is tested against.
  emulator: ["util", "audio"],
  // Ends of the line: no library code imports them.
  testing: [...Object.keys(library), "emulator"],
  cli: [...Object.keys(library), "emulator", "testing"],
};

/** One way to write what can be written in several. */
const oneHand = [
  { selector: "AssignmentExpression[operator=/^[+-]=$/][right.value=1]", message: "Write ++ or --." },
  { selector: "Literal[raw=/^[0-9]{5,}$/]", message: "Five digits or more take separators: 10_000." },
  { selector: "Literal[raw=/^[0-9]_[0-9]{3}$/]", message: "Four digits take no separator: 1000." },
];

const useClock = "Take a Clock (src/util/clock.ts), so that tests run on virtual time.";
/** Code that runs in a page: no Clock crosses over to it. */
const inThePage = [
  "src/transport/daily/chromium/page.ts",
  "src/transport/daily/chromium/page-*.ts",
  "src/transport/daily/chromium/audio-worker*.ts",
  // They run in both places; their timers are deadlines that the page must keep by itself.
  "src/transport/daily/call-driver.ts",
  "src/transport/daily/video-publisher.ts",
  "src/emulator/page/**",
  "src/emulator/call-machine/**",
];

export default defineConfig(
  globalIgnores([
    "dist/",
    "**/.build/",
    "**/.build-page/",
    "docs/.vitepress/.temp/",
    "**/.venv/",
    "coverage/",
    "demo-output/",
    "test/pack/",
    "examples/web/page/",
    "create-tavus-bot/",
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { local: { rules: { "import-direction": importDirection } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: true }],
      "@typescript-eslint/no-misused-promises": "error",
      // A number or a boolean in a template string reads well and is never "[object Object]".
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `_name` is how an unused parameter is said to be meant.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // An interface's optional no-op and a listener that ignores need no body.
      "@typescript-eslint/no-empty-function": "off",
      // Handlers are async by contract whether or not they await.
      "@typescript-eslint/require-await": "off",
      // Event maps must be type aliases: an interface has no index signature for the emitter's constraint.
      "@typescript-eslint/consistent-type-definitions": "off",
      // `() => emitter.emit(…)` is the plain way to write a callback.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "no-duplicate-imports": "error",
      "no-restricted-syntax": ["error", ...oneHand],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "local/import-direction": [
        "error",
        { src: join(import.meta.dirname, "src"), mayImport, index: ["emulator", "testing", "cli"] },
      ],
      "no-restricted-imports": [
        "error",
        {
          paths: ["node:timers", "node:timers/promises", "timers", "timers/promises"].map((name) => ({
            name,
            message: useClock,
          })),
          patterns: [{ regex: "^tavus-transport(/|$)", message: "Inside src/, import the file itself." }],
        },
      ],
      "no-restricted-globals": [
        "error",
        ...["setTimeout", "setInterval", "clearTimeout", "clearInterval"].map((name) => ({ name, message: useClock })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: useClock },
        { object: "performance", property: "now", message: useClock },
        { object: "AbortSignal", property: "timeout", message: useClock },
        { object: "globalThis", property: "setTimeout", message: useClock },
        { object: "globalThis", property: "setInterval", message: useClock },
      ],
      "no-restricted-syntax": [
        "error",
        ...oneHand,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useClock },
      ],
    },
  },
  {
    files: ["src/util/clock.ts", ...inThePage],
    rules: {
      "no-restricted-globals": "off",
      "no-restricted-properties": "off",
      "no-restricted-syntax": ["error", ...oneHand],
    },
  },
  {
    files: ["src/util/logger.ts", "src/util/skip-native-teardown.ts", "src/cli/**"],
    rules: { "no-console": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Fakes and assertions on what is known to be there; the test fails by itself where it is not.
      "@typescript-eslint/no-non-null-assertion": "off",
      // `expect(mock.method)` hands over a method without calling it.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  prettier,
  {
    // One hand. Behind prettier's own list, which turns `curly` off.
    rules: { curly: ["error", "multi-or-nest", "consistent"] },
  },
);
