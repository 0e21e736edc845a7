// Runs README's whole bot (from-pipecat.ts among the package's examples) with services that follow a
// script, in a project that has only the packed tarball and the packages README names (scripts/check-pack.mjs).
import { ScriptedLLMService, ScriptedSTTService, ScriptedTTSService } from "tavus-transport/testing";
import { runBot } from "../../examples/docs/from-pipecat.ts";

await runBot(
  new ScriptedSTTService({ transcripts: ["Hello."] }),
  new ScriptedLLMService({ answers: () => "Good day to you, and welcome to the shop." }),
  new ScriptedTTSService(),
);
