// Runs in an empty project that has only the packed tarball installed (scripts/check-pack.mjs).
import assert from "node:assert/strict";
import { Pipeline, PipelineRunner, PipelineTask, TavusTransport } from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";
import * as testing from "tavus-transport/testing";

for (const named of [Pipeline, PipelineRunner, PipelineTask, TavusTransport, startEmulator]) {
  assert.equal(typeof named, "function");
}
assert.ok(Object.keys(testing).length > 0);
console.log("OK");
