import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  UserTurnInferenceCompletedFrame,
} from "../../../src/frames/index.ts";
import {
  ExternalStartStrategy,
  ExternalStopStrategy,
  externalTurnStrategies,
  InferenceCompletedStopStrategy,
  MinWordsStartStrategy,
  SpeechTimeoutStopStrategy,
  transcribedTurnStrategies,
  TranscriptionStartStrategy,
  VADStartStrategy,
  vadTurnStrategies,
} from "../../../src/processors/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { said, seems, sttTakes, turnRig, vadStart, vadStop } from "./turn-rig.ts";

describe("a turn starts", () => {
  it("with voice activity, once however often that is reported", () => {
    const { hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [] });
    hear(vadStart(), vadStop(), vadStart());
    expect(take()).toEqual(["start"]);
  });

  it("with a transcript, unless blank, if speech was too soft for voice activity", () => {
    const { hear, take } = turnRig({ start: [new TranscriptionStartStrategy()], stop: [] });
    hear(said("  "), seems(""));
    expect(take()).toEqual([]);
    hear(seems("he"));
    expect(take()).toEqual(["start"]);
  });

  it("not with an interim transcript if useInterim is false", () => {
    const { hear, take } = turnRig({ start: [new TranscriptionStartStrategy({ useInterim: false })], stop: [] });
    hear(seems("hello"));
    expect(take()).toEqual([]);
  });

  it("without interrupting or being announced, if the strategy says so", () => {
    const quiet = new VADStartStrategy({ interrupts: false, announces: false });
    const { hear, take } = turnRig({ start: [quiet], stop: [] });
    hear(vadStart());
    expect(take()).toEqual(["start untold quiet"]);
  });

  it("only with enough words while the bot speaks, dropping fewer; otherwise with one", () => {
    const { hear, take } = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    hear(new BotStartedSpeakingFrame(), vadStart(), seems("uh huh"), said("uh huh"));
    expect(take()).toEqual(["discard"]);
    hear(said("wait a minute"));
    expect(take()).toEqual(["start"]);
    const silentBot = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    silentBot.hear(new BotStartedSpeakingFrame(), new BotStoppedSpeakingFrame(), said("hello"));
    expect(silentBot.take()).toEqual(["start"]);
  });

  it("counts words in scripts without spaces, and ignores punctuation", () => {
    const { hear, take } = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    hear(new BotStartedSpeakingFrame(), said("no - !"));
    expect(take()).toEqual(["discard"]);
    hear(said("我想停一下"));
    expect(take()).toEqual(["start"]);
  });

  it("rejects an invalid number of words", () => {
    expect(() => new MinWordsStartStrategy(0)).toThrow(InvalidOptionError);
  });
});

describe("turns that services propose or other processors decide", () => {
  it("a proposal is resolved once", async () => {
    const { clock, controller, hear, take } = turnRig(externalTurnStrategies());
    const [begins, ends] = [new ProposedUserStartedSpeakingFrame(), new ProposedUserStoppedSpeakingFrame()];
    expect([controller.resolves(begins), controller.resolves(ends)]).toEqual([true, true]);
    hear(begins, new ProposedUserStartedSpeakingFrame());
    expect(take()).toEqual(["start"]);
    hear(said("hello"), ends, new ProposedUserStoppedSpeakingFrame());
    await clock.advance(10_000);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("adopts a turn that was announced already: no second announcement or interruption", async () => {
    const { clock, hear, take } = turnRig(externalTurnStrategies());
    hear(new UserStartedSpeakingFrame());
    expect(take()).toEqual(["start untold quiet"]);
    hear(said("hello"), new UserStoppedSpeakingFrame());
    await clock.advance(10_000);
    expect(take()).toEqual(["infer", "stop untold"]);
  });

  it("waits half a second for a transcript after the end, then ends without one", async () => {
    const { clock, hear, take } = turnRig(externalTurnStrategies());
    hear(new ProposedUserStartedSpeakingFrame(), new ProposedUserStoppedSpeakingFrame());
    await clock.advance(300);
    expect(take()).toEqual(["start"]);
    hear(said("hello"));
    expect(take()).toEqual(["infer", "stop"]);
    hear(new ProposedUserStartedSpeakingFrame(), new ProposedUserStoppedSpeakingFrame());
    await clock.advance(500);
    expect(take()).toEqual(["start", "infer", "stop"]);
  });

  it("an end proposed during voice activity waits for its end", () => {
    const { hear, take } = turnRig(externalTurnStrategies());
    hear(new ProposedUserStartedSpeakingFrame(), vadStart(), said("hello"), new ProposedUserStoppedSpeakingFrame());
    expect(take()).toEqual(["start"]);
    hear(vadStop());
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("without such strategies proposals are not resolved and change nothing", async () => {
    const { clock, controller, hear, take } = turnRig(vadTurnStrategies());
    const begins = new ProposedUserStartedSpeakingFrame();
    expect(controller.resolves(begins)).toBe(false);
    hear(begins, vadStart(), vadStop());
    await clock.advance(10_000);
    expect(take()).toEqual(["start", "infer", "stop"]);
  });
});

describe("a turn ends", () => {
  it("after 600 ms of silence and a transcript", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello"), vadStop());
    await clock.advance(599);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("after waiting for the transcript as long as speech-to-text usually takes, less the VAD's stop delay", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(sttTakes(1500), vadStart(), said("hello"), vadStop());
    await clock.advance(1299);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("after the silence at the earliest: a finalized transcript ends only the wait for transcripts", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(sttTakes(1500), vadStart(), vadStop(), said("hello", true));
    await clock.advance(599);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
    hear(vadStart(), vadStop());
    await clock.advance(800);
    hear(said("hello", true));
    expect(take()).toEqual(["start", "infer", "stop"]);
  });

  it("at once with a transcript that arrives after all waits", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), vadStop());
    await clock.advance(1999);
    expect(take()).toEqual(["start"]);
    hear(said("hello"));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("after the transcript of the last stretch of speech: one from before a pause does not count", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(sttTakes(1500), vadStart(), said("one", true), vadStop(), vadStart(), vadStop());
    await clock.advance(1299);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("600 ms after the last transcript of soft speech", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(said("one"));
    await clock.advance(500);
    hear(said("two"));
    await clock.advance(599);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("not while the user is speaking again", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello"), vadStop());
    await clock.advance(500);
    hear(vadStart());
    await clock.advance(60_000);
    hear(said("and more", true));
    await clock.advance(60_000);
    expect(take()).toEqual(["start"]);
    hear(vadStop());
    await clock.advance(600);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("by the watchdog, 2 s after speech without words", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart());
    await clock.advance(3000);
    hear(vadStop());
    await clock.advance(1999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["timeout", "infer", "stop"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("later without words if speech-to-text declares a longer latency or interim words arrived", async () => {
    const slow = turnRig(transcribedTurnStrategies());
    slow.hear(sttTakes(3500), vadStart(), vadStop());
    await slow.clock.advance(3499);
    expect(slow.take()).toEqual(["start"]);
    await slow.clock.advance(1);
    expect(slow.take()).toEqual(["timeout", "infer", "stop"]);
    const promising = turnRig(transcribedTurnStrategies());
    promising.hear(vadStart(), seems("I"), vadStop());
    await promising.clock.advance(4999);
    expect(promising.take()).toEqual(["start"]);
    await promising.clock.advance(1);
    expect(promising.take()).toEqual(["timeout", "infer", "stop"]);
  });

  it("not after half a sentence: an interim transcript after a final one revokes it", async () => {
    // With voice activity, and with a voice too soft for it.
    for (const [before, after] of [
      [[vadStart()], [vadStop()]],
      [[], []],
    ]) {
      const { clock, hear, take } = turnRig(transcribedTurnStrategies());
      hear(sttTakes(1000), ...before!, said("I would like", true), seems("two"), ...after!);
      await clock.advance(900);
      hear(said("two pears", true));
      await clock.advance(600);
      expect(take()).toEqual(["start", "infer", "stop"]);
    }
  });

  it("despite an interim transcript without a final one", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello", true), seems("uh"), vadStop());
    await clock.advance(999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("after the final transcript of an interim one, if a service proposes the end before it", async () => {
    const { clock, hear, take } = turnRig(externalTurnStrategies());
    const ends = new ProposedUserStoppedSpeakingFrame();
    hear(new ProposedUserStartedSpeakingFrame(), said("I would like"), seems("two"), ends);
    await clock.advance(400);
    expect(take()).toEqual(["start"]);
    hear(said("two pears"));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("after its own transcript: words between turns do not count", async () => {
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] });
    hear(vadStart(), said("I would like"), vadStop());
    await clock.advance(600);
    hear(said("two pears"));
    await clock.advance(5000);
    expect(take()).toEqual(["start", "infer", "stop"]);
    hear(vadStart(), vadStop());
    await clock.advance(1500);
    expect(take()).toEqual(["start"]);
    hear(said("And a plum"));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("again at once when words arrive after a turn without words", async () => {
    const speechTimeout = turnRig({ start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] });
    speechTimeout.hear(vadStart(), vadStop());
    await speechTimeout.clock.advance(2500);
    expect(speechTimeout.take()).toEqual(["start", "timeout", "infer", "stop"]);
    speechTimeout.hear(said("hello"));
    await speechTimeout.clock.advance(600);
    expect(speechTimeout.take()).toEqual(["start", "infer", "stop"]);
    speechTimeout.hear(said("and more"));
    await speechTimeout.clock.advance(10_000);
    expect(speechTimeout.take()).toEqual([]);
    const vadAlone = turnRig(vadTurnStrategies());
    vadAlone.hear(vadStart(), vadStop());
    expect(vadAlone.take()).toEqual(["start", "infer", "stop"]);
    vadAlone.hear(said("hello"));
    expect(vadAlone.take()).toEqual(["start", "infer", "stop"]);
  });

  it("by the watchdog, 5 s after a transcript that no strategy acted on", async () => {
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [] });
    hear(vadStart(), vadStop());
    await clock.advance(1000);
    hear(said("hello"));
    await clock.advance(4999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["timeout", "infer", "stop"]);
  });

  it("not early because of a transcript between turns", async () => {
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] });
    hear(said("late", true));
    await clock.advance(10_000);
    expect(take()).toEqual([]);
    hear(sttTakes(2000), vadStart(), vadStop());
    await clock.advance(1799);
    expect(take()).toEqual(["start"]);
  });

  it("by the model's own verdict, when it runs after each stretch of speech", async () => {
    const stop = new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy());
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [stop] });
    hear(vadStart(), said("I would like"), vadStop());
    await clock.advance(600);
    expect(take()).toEqual(["start", "infer"]);
    await clock.advance(2000);
    hear(vadStart(), said("a coffee"), vadStop());
    await clock.advance(600);
    expect(take()).toEqual(["infer"]);
    hear(new UserTurnInferenceCompletedFrame());
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("without a call after close, and leaves no timer", async () => {
    const { clock, controller, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello"), vadStop());
    controller.close();
    controller.close();
    hear(vadStart(), vadStop());
    await clock.advance(60_000);
    expect([take(), clock.pendingTimers]).toEqual([["start"], 0]);
  });
});

const FRAMES: Readonly<Record<string, () => Frame>> = {
  vadStart,
  vadStop,
  interim: () => seems("well"),
  transcript: () => said("well then"),
  final: () => said("well then", true),
  blank: () => said(" "),
  proposedStart: () => new ProposedUserStartedSpeakingFrame(),
  proposedStop: () => new ProposedUserStoppedSpeakingFrame(),
  adoptedStart: () => new UserStartedSpeakingFrame(),
  adoptedStop: () => new UserStoppedSpeakingFrame(),
  botStarts: () => new BotStartedSpeakingFrame(),
  botStops: () => new BotStoppedSpeakingFrame(),
  completed: () => new UserTurnInferenceCompletedFrame(),
};

const KINDS = {
  transcribed: transcribedTurnStrategies,
  vad: vadTurnStrategies,
  external: externalTurnStrategies,
  everything: () => ({
    start: [new MinWordsStartStrategy(2), new VADStartStrategy(), new ExternalStartStrategy()],
    stop: [new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy()), new ExternalStopStrategy()],
  }),
} as const;

describe("in any order of frames and pauses", () => {
  const step = fc.record({
    frame: fc.constantFrom(...Object.keys(FRAMES)),
    waitMs: fc.constantFrom(0, 0, 0, 100, 700, 3000),
  });

  for (const [name, strategies] of Object.entries(KINDS)) {
    it(`turn starts and ends alternate, never in mid-speech, and none outlasts the watchdog (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const { clock, controller, hear, take } = turnRig(strategies());
          let open = false;
          let voice = false;
          const check = (): void => {
            for (const what of take()) {
              if (what.startsWith("start")) {
                expect(open).toBe(false);
                open = true;
              } else if (what.startsWith("stop")) {
                expect(open).toBe(true);
                if (what === "stop") expect(voice).toBe(false);
                open = false;
              } else {
                expect(what === "discard" || open, what).toBe(true);
              }
            }
            expect(controller.turnOpen).toBe(open);
          };
          for (const { frame, waitMs } of steps) {
            if (frame === "vadStart") voice = true;
            if (frame === "vadStop") voice = false;
            hear(FRAMES[frame]!());
            check();
            if (waitMs > 0) await clock.advance(waitMs);
            check();
          }
          hear(vadStop(), new ProposedUserStoppedSpeakingFrame());
          voice = false;
          check();
          await clock.advance(5000);
          check();
          expect(open).toBe(false);
          controller.close();
          expect(clock.pendingTimers).toBe(0);
        }),
        { numRuns: 60 },
      );
    });
  }
});
