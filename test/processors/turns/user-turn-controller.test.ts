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

describe("how a turn begins", () => {
  it("with voice activity, once however often that comes", () => {
    const { hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [] });
    hear(vadStart(), vadStop(), vadStart());
    expect(take()).toEqual(["start"]);
  });

  it("with a transcript where speech was too soft for voice activity, blank ones aside", () => {
    const { hear, take } = turnRig({ start: [new TranscriptionStartStrategy()], stop: [] });
    hear(said("  "), seems(""));
    expect(take()).toEqual([]);
    hear(seems("he"));
    expect(take()).toEqual(["start"]);
  });

  it("not with an interim transcript when told so", () => {
    const { hear, take } = turnRig({ start: [new TranscriptionStartStrategy({ useInterim: false })], stop: [] });
    hear(seems("hello"));
    expect(take()).toEqual([]);
  });

  it("without interrupting or being told, when the strategy says so", () => {
    const quiet = new VADStartStrategy({ interrupts: false, announces: false });
    const { hear, take } = turnRig({ start: [quiet], stop: [] });
    hear(vadStart());
    expect(take()).toEqual(["start untold quiet"]);
  });

  it("only with enough words while the bot speaks; fewer are forgotten; otherwise with one", () => {
    const { hear, take } = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    hear(new BotStartedSpeakingFrame(), vadStart(), seems("uh huh"), said("uh huh"));
    expect(take()).toEqual(["discard"]);
    hear(said("wait a minute"));
    expect(take()).toEqual(["start"]);
    const silentBot = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    silentBot.hear(new BotStartedSpeakingFrame(), new BotStoppedSpeakingFrame(), said("hello"));
    expect(silentBot.take()).toEqual(["start"]);
  });

  it("counts words also where no spaces divide them, and no punctuation", () => {
    const { hear, take } = turnRig({ start: [new MinWordsStartStrategy(3)], stop: [] });
    hear(new BotStartedSpeakingFrame(), said("no - !"));
    expect(take()).toEqual(["discard"]);
    hear(said("我想停一下"));
    expect(take()).toEqual(["start"]);
  });

  it("refuses a number of words that makes no sense", () => {
    expect(() => new MinWordsStartStrategy(0)).toThrow(InvalidOptionError);
  });
});

describe("[83] turns that others decide", () => {
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

  it("a turn that was told already is adopted: not told again, no second interruption", async () => {
    const { clock, hear, take } = turnRig(externalTurnStrategies());
    hear(new UserStartedSpeakingFrame());
    expect(take()).toEqual(["start untold quiet"]);
    hear(said("hello"), new UserStoppedSpeakingFrame());
    await clock.advance(10_000);
    expect(take()).toEqual(["infer", "stop untold"]);
  });

  it("waits half a second for the transcript that comes behind the end, and then does without", async () => {
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

  it("an end that is proposed while there is voice activity waits for the end of that", () => {
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

describe("how a turn ends", () => {
  it("after 600 ms of silence and a transcript", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello"), vadStop());
    await clock.advance(599);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("waits for the transcript as long as speech-to-text usually takes, less the silence that voice activity took", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(sttTakes(1500), vadStart(), said("hello"), vadStop());
    await clock.advance(1299);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("a transcript that is final for sure ends that wait, not the silence", async () => {
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

  it("a transcript after all the waiting ends the turn at once", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), vadStop());
    await clock.advance(1999);
    expect(take()).toEqual(["start"]);
    hear(said("hello"));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("what was final before a pause does not end the wait for what came behind it", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(sttTakes(1500), vadStart(), said("one", true), vadStop(), vadStart(), vadStop());
    await clock.advance(1299);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("soft speech: 600 ms after its last transcript", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(said("one"));
    await clock.advance(500);
    hear(said("two"));
    await clock.advance(599);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("[81] not while the user is speaking again", async () => {
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

  it("[81] by the watchdog, 2 s after speech that no words followed", async () => {
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

  it("waits longer for words where speech-to-text says that it needs longer, or interim ones promise them", async () => {
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

  it("an interim transcript behind a final one revokes that: half a sentence is no turn", async () => {
    // With voice activity, and of a voice too soft for it.
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

  it("an interim transcript that no final one follows does not hold the turn open", async () => {
    const { clock, hear, take } = turnRig(transcribedTurnStrategies());
    hear(vadStart(), said("hello", true), seems("uh"), vadStop());
    await clock.advance(999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("an interim transcript keeps an end that was proposed waiting for its final one", async () => {
    const { clock, hear, take } = turnRig(externalTurnStrategies());
    const ends = new ProposedUserStoppedSpeakingFrame();
    hear(new ProposedUserStartedSpeakingFrame(), said("I would like"), seems("two"), ends);
    await clock.advance(400);
    expect(take()).toEqual(["start"]);
    hear(said("two pears"));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("words between turns are no transcript of the next turn: that waits for its own", async () => {
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

  it("words that come after a turn without any open it again, and are answered then, not with the next", async () => {
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

  it("[81] by the watchdog, 5 s after a transcript that no strategy acted on", async () => {
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [] });
    hear(vadStart(), vadStop());
    await clock.advance(1000);
    hear(said("hello"));
    await clock.advance(4999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["timeout", "infer", "stop"]);
  });

  it("[81] a transcript between turns ends none, and does not cut the next one short", async () => {
    const { clock, hear, take } = turnRig({ start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] });
    hear(said("late", true));
    await clock.advance(10_000);
    expect(take()).toEqual([]);
    hear(sttTakes(2000), vadStart(), vadStop());
    await clock.advance(1799);
    expect(take()).toEqual(["start"]);
  });

  it("[82] by the model's own verdict, where it is asked after each stretch of speech", async () => {
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

  it("is not told after close, and no timer is left", async () => {
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
    it(`turns begin and end by turns, never in mid-speech, and none outlasts the watchdog (${name})`, async () => {
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
