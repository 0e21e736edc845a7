import { describe, expect, it } from "vitest";

import {
  EagerEndOfTurnCancelFrame,
  EagerTranscriptionFrame,
  EndFrame,
  ErrorFrame,
  type InputAudioRawFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  MetricsFrame,
  STTMuteFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  UserAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { ServiceError } from "../../src/pipeline/index.ts";
import {
  SegmentedSTTService,
  type SpeechSegment,
  STTService,
  type STTServiceOptions,
  type STTTranscript,
} from "../../src/services/index.ts";
import { runProcessor, ScriptedSTTService, VirtualClock } from "../../src/testing/index.ts";
import { sleep } from "../../src/util/deadline.ts";
import { of, rig } from "./rig.ts";

const RATE = 16_000;

function heard(level: number, durationMs = 20, userId = "ann"): UserAudioRawFrame {
  const audio = new Int16Array((RATE * durationMs) / 1000).fill(level);
  return new UserAudioRawFrame({ audio, sampleRate: RATE, userId });
}

const start = (): VADUserStartedSpeakingFrame => new VADUserStartedSpeakingFrame();
const stop = (): VADUserStoppedSpeakingFrame => new VADUserStoppedSpeakingFrame();

/** Records the level of the audio it receives. */
class Levels extends STTService<{ model: string }> {
  readonly levels: number[] = [];
  work: () => void | Promise<void> = () => undefined;

  constructor(options: STTServiceOptions = {}) {
    super({ model: "small" }, options);
  }

  says(transcript: STTTranscript): void {
    this.pushTranscript(transcript);
  }

  predicts(transcript: STTTranscript | undefined): void {
    if (transcript) this.pushEagerTranscript(transcript);
    else this.cancelEagerTranscript();
  }

  protected override runSTT(audio: InputAudioRawFrame): void | Promise<void> {
    this.levels.push(audio.audio[0] ?? 0);
    return this.work();
  }
}

class Refused extends ServiceError {
  constructor(message: string) {
    super(message, { category: "authorization" });
  }
}

describe("a speech-to-text service", () => {
  it("forwards the audio, or not", async () => {
    const on = await runProcessor(new Levels(), [heard(1)]);
    expect(of(on.downstream, UserAudioRawFrame)).toHaveLength(1);
    const off = await runProcessor(new Levels({ audioPassthrough: false }), [heard(1)]);
    expect(of(off.downstream, UserAudioRawFrame)).toHaveLength(0);
  });

  it("pushes transcripts with participant and time", async () => {
    const stt = new ScriptedSTTService({ transcripts: [{ text: "Hello.", interim: ["hel", " "] }], latencyMs: 50 });
    const { send, clock, down } = await rig(stt);
    send(start(), heard(1), stop());
    await clock.advance(100);
    const [interim, ...others] = of(down, InterimTranscriptionFrame);
    expect(interim).toMatchObject({ text: "hel", userId: "ann" });
    expect(others).toEqual([]);
    expect(of(down, TranscriptionFrame)[0]).toMatchObject({
      ...{ text: "Hello.", userId: "ann", finalized: true },
      timestampMs: clock.wallMs() - 50,
    });
    expect([stt.heardMs, stt.remaining]).toEqual([20, 0]);
  });

  it("receives no audio while it is muted", async () => {
    const stt = new Levels();
    await runProcessor(stt, [heard(1), new STTMuteFrame(true), heard(2), new STTMuteFrame(false), heard(3)]);
    expect(stt.levels).toEqual([1, 3]);
  });

  it("drops audio while it is unusable, reports it once, and recovers when its settings change", async () => {
    const stt = new Levels();
    const { send, clock, up } = await rig(stt);
    stt.work = () => {
      throw new Refused("no access");
    };
    send(heard(1), heard(2), heard(3));
    await clock.advance(0);
    stt.work = () => undefined;
    expect(stt.levels).toEqual([1]);
    expect(of(up, ErrorFrame).map(({ error }) => error.message)).toEqual([
      "no access",
      expect.stringContaining("unusable"),
    ]);
    send(new STTUpdateSettingsFrame({ model: "large" }));
    await clock.advance(0);
    send(heard(4));
    await clock.advance(0);
    expect(stt.levels).toEqual([1, 4]);
  });

  it("reports a failing recogniser once, until it works again", async () => {
    const stt = new Levels();
    const { send, clock, up } = await rig(stt);
    stt.work = () => Promise.reject(new Error("no line"));
    for (let i = 0; i < 5; i++) {
      send(heard(i));
      await clock.advance(20);
    }
    stt.work = () => Promise.resolve();
    send(heard(5));
    await clock.advance(20);
    stt.work = () => Promise.reject(new Error("no line again"));
    send(heard(6));
    await clock.advance(20);
    expect(of(up, ErrorFrame).map(({ error }) => error.message)).toEqual(["no line", "no line again"]);
  });

  it("passes one frame at a time to a slow recogniser, in order, without blocking other frames", async () => {
    const stt = new Levels();
    const { send, clock, down } = await rig(stt);
    stt.work = () => sleep(clock, 100);
    send(heard(1), heard(2), heard(3), new InterruptionFrame());
    await clock.advance(50);
    expect(stt.levels).toEqual([1]);
    expect(of(down, InterruptionFrame)).toHaveLength(1);
    await clock.advance(250);
    expect(stt.levels).toEqual([1, 2, 3]);
  });

  it("keeps only the latest 10 s for a recogniser that hangs", async () => {
    const stt = new Levels();
    const { send, clock, log } = await rig(stt);
    let release = (): void => undefined;
    stt.work = () => new Promise((resolve) => (release = resolve));
    for (let second = 0; second < 15; second++) {
      send(heard(second, 1000));
      await clock.advance(1000);
    }
    expect(stt.droppedAudioFrames).toBe(4);
    expect(log.lines.filter((line) => line.includes("slower than real time"))).toHaveLength(1);
    stt.work = () => undefined;
    release();
    await clock.advance(0);
    expect(stt.levels).toEqual([0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });
});

describe("the time to the transcript", () => {
  /** Speech ended 300 ms before the VAD decided. */
  async function measured(afterMs: readonly number[]): Promise<unknown[]> {
    const clock = new VirtualClock();
    const stt = new Levels();
    const stopped = new VADUserStoppedSpeakingFrame({ stopDelayMs: 300, timestampMs: clock.wallMs() + 1000 });
    for (const ms of afterMs) clock.setTimeout(() => stt.says({ text: "Hi" }), 1000 + ms);
    const steps = [start(), heard(1), { waitMs: 1000 }, stopped, { waitMs: 5000 }];
    const { downstream } = await runProcessor(stt, steps, { clock, enableMetrics: true });
    return of(downstream, MetricsFrame).flatMap(({ data }) => data.filter(({ kind }) => kind === "ttfb"));
  }

  it("is measured from the real end of speech to the first final transcript", async () => {
    expect(await measured([150, 200])).toMatchObject([{ kind: "ttfb", valueMs: 450 }]);
  });

  it("is not measured after 2 s", async () => {
    expect(await measured([2100])).toEqual([]);
  });
});

class Segments extends SegmentedSTTService {
  readonly segments: SpeechSegment[] = [];
  answer: (segment: SpeechSegment) => Promise<STTTranscript | undefined> = (segment) =>
    Promise.resolve({ text: `${segment.audio[0]}` });

  protected override transcribe(segment: SpeechSegment): Promise<STTTranscript | undefined> {
    this.segments.push(segment);
    return this.answer(segment);
  }
}

describe("a service that takes whole segments of speech", () => {
  it("receives them from a second before the VAD detected speech until it stopped", async () => {
    const stt = new Segments({});
    const before = Array.from({ length: 100 }, (_, i) => heard(i));
    const { downstream } = await runProcessor(stt, [...before, start(), heard(100), heard(101), stop(), heard(102)]);
    const [segment] = stt.segments;
    expect(segment).toMatchObject({ sampleRate: RATE, numChannels: 1, userId: "ann" });
    // 50 frames of 20 ms, then the two of the speech.
    expect(segment!.audio).toHaveLength(52 * 320);
    expect([segment!.audio[0], segment!.audio.at(-1)]).toEqual([50, 101]);
    expect(of(downstream, TranscriptionFrame)).toMatchObject([{ text: "50", userId: "ann", finalized: true }]);
  });

  it("keeps the end of a segment that is too long", async () => {
    const stt = new Segments({}, { maxSegmentMs: 2000 });
    const frames = Array.from({ length: 200 }, (_, i) => heard(i));
    await runProcessor(stt, [start(), ...frames, stop()]);
    expect(stt.segments[0]!.audio[0]).toBe(100);
  });

  it("pushes transcripts in the order of the speech, even across an interruption", async () => {
    const stt = new Segments({});
    const { send, clock, down } = await rig(stt);
    stt.answer = ({ audio }) => sleep(clock, audio[0] === 1 ? 500 : 10).then(() => ({ text: `${audio[0]}` }));
    send(start(), heard(1), stop(), new InterruptionFrame(), start(), heard(2), stop());
    await clock.advance(1000);
    expect(of(down, TranscriptionFrame).map(({ text }) => text)).toEqual(["1", "2"]);
  });

  it("waits at the end for what was said before it, but not forever", async () => {
    const stt = new Segments({}, { timeoutMs: 1000 });
    const { send, clock, down, up } = await rig(stt);
    stt.answer = ({ audio }) =>
      audio[0] === 1 ? sleep(clock, 100).then(() => ({ text: "last words" })) : new Promise(() => undefined);
    send(start(), heard(1), stop(), start(), heard(2), stop(), new EndFrame());
    await clock.advance(200);
    expect(of(down, EndFrame)).toEqual([]);
    await clock.advance(1000);
    expect(down.at(-1)).toBeInstanceOf(EndFrame);
    expect(of(down, TranscriptionFrame).map(({ text }) => text)).toEqual(["last words"]);
    expect(of(up, ErrorFrame)[0]!.error.message).toContain("1000 ms");
    expect(clock.pendingTimers).toBe(0);
  });

  it("continues after a failure, and skips a segment without words", async () => {
    const stt = new Segments({});
    const { send, clock, down, up } = await rig(stt);
    stt.answer = ({ audio }) => {
      if (audio[0] === 1) return Promise.reject(new Error("garbled"));
      return Promise.resolve(audio[0] === 2 ? undefined : { text: "three" });
    };
    for (const level of [1, 2, 3]) send(start(), heard(level), stop());
    await clock.advance(0);
    expect(of(down, TranscriptionFrame).map(({ text }) => text)).toEqual(["three"]);
    expect(of(up, ErrorFrame)).toHaveLength(1);
  });

  it("drops segments when too many wait, and reports it", async () => {
    const stt = new Segments({});
    const { send, clock, up } = await rig(stt);
    stt.answer = () => new Promise(() => undefined);
    for (let i = 0; i < 10; i++) send(start(), heard(i), stop());
    await clock.advance(0);
    expect(of(up, ErrorFrame).map(({ error }) => error)).toMatchObject([{ code: "segmentDropped" }, {}]);
  });

  it("does not transcribe what was said while it was muted", async () => {
    const stt = new Segments({});
    await runProcessor(stt, [
      start(),
      heard(1),
      new STTMuteFrame(true),
      heard(2),
      stop(),
      new STTMuteFrame(false),
      stop(),
    ]);
    expect(stt.segments).toEqual([]);
  });
});

describe("a service that predicts ends of turns", () => {
  it("pushes the prediction with the words so far, and withdraws it", async () => {
    const stt = new Levels();
    const { down } = await rig(stt);
    stt.predicts({ text: "Hello there", userId: "ann" });
    stt.predicts({ text: "  " });
    stt.predicts(undefined);
    expect(of(down, EagerTranscriptionFrame)).toMatchObject([{ text: "Hello there", userId: "ann" }]);
    expect(of(down, EagerEndOfTurnCancelFrame)).toHaveLength(1);
  });
});
