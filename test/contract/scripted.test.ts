import { TavusHarness } from "../transport/tavus/tavus-harness.ts";
import { tone } from "../support/tone.ts";
import { addThrowingListener } from "../../src/testing/virtual-transport-stage.ts";
import { describeTransport } from "./describe-transport.ts";

const STEP_MS = 20;
const GIVE_UP_AFTER_STEPS = 2000;

describeTransport("TavusTransport on a scripted call", async () => {
  const harness = await new TavusHarness().start();
  const { call, clock, task, transport, upstream, middle, downstream } = harness;
  call.addParticipant({ userName: "Pal", sessionId: "pal", userId: "tavus-face-f1" });
  call.addParticipant({ userName: "User", sessionId: "u1" });
  await clock.advance(0);
  const sink = () => call.sinks.get("stream");
  const samplesPerMs = () => (sink()?.sampleRate ?? 24_000) / 1000;
  return {
    task,
    upstream,
    heard: middle,
    said: downstream,
    loudMs: () =>
      (sink()
        ?.heard()
        .filter((sample) => Math.abs(sample) > 100).length ?? 0) / samplesPerMs(),
    toleranceMs: 10, // a tone has quiet samples, too
    userSpeaks: (durationMs) => void call.speak("u2", tone(700, 16_000, durationMs)),
    userComesBack: async () => {
      call.removeParticipant("u1");
      call.addParticipant({ userName: "User", sessionId: "u2" });
      await clock.advance(0);
    },
    addThrowingListener: () => addThrowingListener(transport),
    endings: () => harness.api.ends.length,
    until: async (what, condition) => {
      for (let step = 0; !condition(); step++) {
        if (step > GIVE_UP_AFTER_STEPS) throw new Error(`Never: ${what}.`);
        await clock.advance(STEP_MS);
      }
    },
    passes: (ms) => clock.advance(ms),
    finish: () => harness.finish(),
    close: async () => {
      task.cancel();
      await harness.finish().catch(() => undefined);
    },
  };
});
