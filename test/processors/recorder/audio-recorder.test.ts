import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import {
  AudioBufferStartRecordingFrame,
  AudioBufferStopRecordingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  ErrorFrame,
  InputAudioRawFrame,
  InterruptionFrame,
  TextFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { AudioRecorder, RecordingError, type RecordingFormat } from "../../../src/processors/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { BLOCK_MS, botBlock, RATE, recorded, stretches, userBlock } from "./recorded.ts";

const user = (): ReturnType<typeof userBlock> => userBlock(1000);
const bot = (): ReturnType<typeof botBlock> => botBlock(2000);

describe("AudioRecorder", () => {
  it("places the user's and the bot's audio in time, on tracks of equal length", async () => {
    const { clock, during, send, track, chunks } = await recorded();
    await during(200);
    await during(300, user);
    await during(500);
    await during(400, bot);
    await during(100, user, bot);
    await clock.advance(1000);
    send(new EndFrame());
    await clock.advance(0);
    expect(stretches(track("user"))).toEqual(["200-500:1000", "1400-1500:1000"]);
    expect(stretches(track("bot"))).toEqual(["1000-1500:2000"]);
    for (const chunk of chunks) expect(chunk.user).toHaveLength(chunk.bot.length);
    expect(track("user")).toHaveLength((2500 * RATE) / 1000);
  });

  it("inserts silence in proportion to gaps, however long", async () => {
    const { during, send, track } = await recorded();
    await during(100, user);
    for (const gapMs of [60, 500, 7000]) {
      await during(gapMs);
      await during(100, user);
    }
    send(new EndFrame());
    await during(0);
    expect(stretches(track("user"))).toEqual(["0-100:1000", "160-260:1000", "760-860:1000", "7860-7960:1000"]);
  });

  it("keeps what was heard of an interrupted turn, and the user's words that interrupted it", async () => {
    const { during, send, track, botTurns, userTurns } = await recorded();
    await during(1000);
    send(new BotStartedSpeakingFrame());
    await during(600, bot);
    await during(200, user, bot);
    send(new VADUserStartedSpeakingFrame({ startDelayMs: 200 }), new UserStartedSpeakingFrame());
    send(new BotStoppedSpeakingFrame(), new InterruptionFrame());
    await during(400, user);
    send(new UserStoppedSpeakingFrame());
    await during(4000);
    expect(botTurns).toHaveLength(1);
    expect(botTurns[0]).toMatchObject({ startMs: 1000, endMs: 1800, interrupted: true, truncated: false });
    expect(stretches(botTurns[0]!.audio)).toEqual(["0-800:2000"]);
    expect(userTurns).toHaveLength(1);
    expect(userTurns[0]).toMatchObject({ startMs: 1100, endMs: 2200, interrupted: false });
    expect(stretches(userTurns[0]!.audio)).toEqual(["500-1100:1000"]);
    expect(stretches(track("user"))).toEqual(["1600-2200:1000"]);
    expect(stretches(track("bot"))).toEqual(["1000-1800:2000"]);
  });

  it("ends the turns that are open when the recording ends", async () => {
    const { during, send, botTurns } = await recorded();
    send(new BotStartedSpeakingFrame());
    await during(300, bot);
    send(new EndFrame());
    await during(0);
    expect(botTurns.map(({ startMs, endMs, audio }) => [startMs, endMs, audio.length])).toEqual([[0, 300, 2400]]);
  });

  it("distinguishes a bot that fell silent by itself from one that was interrupted", async () => {
    const { during, send, botTurns } = await recorded();
    send(new BotStartedSpeakingFrame());
    await during(300, bot);
    send(new BotStoppedSpeakingFrame());
    await during(500);
    send(new InterruptionFrame());
    await during(3000);
    expect(botTurns.map(({ interrupted }) => interrupted)).toEqual([false]);
  });

  it("does not add speech without a turn to the next turn", async () => {
    const { during, send, userTurns } = await recorded();
    await during(200);
    send(new VADUserStartedSpeakingFrame({ startDelayMs: 200 }));
    await during(9800);
    send(new VADUserStartedSpeakingFrame({ startDelayMs: 100 }), new UserStartedSpeakingFrame());
    await during(1000, user);
    send(new UserStoppedSpeakingFrame());
    await during(100);
    send(new UserStartedSpeakingFrame());
    await during(4000);
    send(new EndFrame());
    await during(0);
    expect(userTurns.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [9400, 11_000],
      [10_600, 15_100],
    ]);
    for (const { audio, startMs, endMs } of userTurns) expect(audio).toHaveLength(((endMs - startMs) * RATE) / 1000);
  });

  it("truncates turns at their maximum length, and marks them", async () => {
    const { during, send, botTurns } = await recorded({ maxTurnMs: 1000 });
    send(new BotStartedSpeakingFrame());
    await during(2400, bot);
    send(new BotStoppedSpeakingFrame());
    await during(3000);
    expect(botTurns[0]).toMatchObject({ truncated: true, endMs: 2400 });
    expect(botTurns[0]?.audio).toHaveLength(RATE);
  });

  it("mixes several speakers on the user's side, without wrapping around", async () => {
    const { during, send, track } = await recorded();
    await during(100, () => userBlock(20_000, "ada"));
    await during(
      100,
      () => userBlock(20_000, "ada"),
      () => userBlock(20_000, "grace"),
    );
    await during(100, () => userBlock(-20_000, "grace"));
    send(new EndFrame());
    await during(0);
    expect(stretches(track("user"))).toEqual(["0-100:20000", "100-200:32767", "200-300:-20000"]);
  });

  it("resamples every rate to one, without clicks or drift at chunk borders", async () => {
    const sampleRate = 24_000;
    const { clock, during, recorder, track } = await recorded({ sampleRate, chunkMs: 200 });
    await during(3000, () => userBlock(8000, "u", BLOCK_MS, 16_000));
    // The resampler loads in real time.
    await clock.advanceUntil(recorder.stopRecording());
    const audio = track("user");
    expect(audio).toHaveLength(3 * sampleRate);
    // A resampler rings where sound begins and ends; in between, a steady level stays steady.
    const inner = audio.subarray(sampleRate / 100, -sampleRate / 100);
    expect(Math.min(...inner)).toBeGreaterThan(7900);
    expect(Math.max(...inner)).toBeLessThan(8100);
  });

  it("mixes stereo input down", async () => {
    const { clock, send, track, recorder } = await recorded();
    await clock.advance(100);
    const audio = Int16Array.from({ length: RATE / 5 }, (_, index) => (index % 2 === 0 ? 1000 : 3000));
    send(new InputAudioRawFrame({ audio, sampleRate: RATE, numChannels: 2 }));
    await clock.advance(0);
    await clock.advanceUntil(recorder.stopRecording());
    expect(stretches(track("user"))).toEqual(["0-100:2000"]);
  });

  it("emits chunks of equal length, interleaved with the user on the left, one to three chunks late", async () => {
    const { clock, during, recorder } = await recorded({ chunkMs: 500 });
    const reported: [startMs: number, samples: number, lagMs: number][] = [];
    let last = new Int16Array(0);
    recorder.on("audio", ({ audio, startMs, channels, sampleRate }) => {
      expect([channels, sampleRate]).toEqual([2, RATE]);
      reported.push([startMs, audio.length, clock.nowMs() - startMs]);
      last = audio as Int16Array<ArrayBuffer>;
    });
    await during(3000, user, bot);
    expect(reported.map(([startMs]) => startMs)).toEqual([0, 500, 1000, 1500, 2000]);
    for (const [, samples, lagMs] of reported) {
      expect(samples).toBe(RATE);
      expect(lagMs).toBeLessThanOrEqual(1500);
    }
    expect([...last.subarray(0, 4)]).toEqual([1000, 2000, 1000, 2000]);
  });

  it("mixes both sides into one channel with channels: 1", async () => {
    const { during, recorder, send } = await recorded({ channels: 1 });
    let audio = new Int16Array(0);
    recorder.on("audio", (chunk) => (audio = chunk.audio as Int16Array<ArrayBuffer>));
    await during(100, user, bot);
    send(new EndFrame());
    await during(0);
    expect(stretches(audio)).toEqual(["0-100:3000"]);
  });

  it("records from each start frame to its stop frame, and not before", async () => {
    const { during, send, events, chunks, recorder } = await recorded({ autoStart: false });
    await during(300, user);
    expect(recorder.recording).toBe(false);
    send(new AudioBufferStartRecordingFrame(), new AudioBufferStartRecordingFrame());
    await during(200, user);
    send(new AudioBufferStopRecordingFrame());
    await during(300, user);
    send(new AudioBufferStartRecordingFrame());
    await during(100, bot);
    send(new EndFrame());
    await during(0);
    expect(events).toEqual(["started 1", "stopped 1 after 200 ms", "started 2", "stopped 2 after 100 ms"]);
    expect(chunks.map(({ user: left, bot: right }) => [stretches(left), stretches(right)])).toEqual([
      [["0-200:1000"], []],
      [[], ["0-100:2000"]],
    ]);
  });

  it("forwards every frame in both directions", async () => {
    const { send, clock, takeDown, up, pipeline } = await recorded();
    send(user(), bot(), new AudioBufferStartRecordingFrame(), new TextFrame("words"));
    await clock.advance(0);
    send(new EndFrame());
    pipeline.queueFrame(new InterruptionFrame(), "upstream");
    await clock.advance(0);
    const passed = ["UserAudioRawFrame", "TTSAudioRawFrame", "AudioBufferStartRecordingFrame", "words", "EndFrame"];
    expect(takeDown()).toEqual(passed);
    expect(up.map(({ kind }) => kind)).toEqual(["InterruptionFrame"]);
  });

  it("stays at most three chunks behind and drops nothing, however long the call", async () => {
    const { clock, during, recorder, chunks } = await recorded({ chunkMs: 60_000 });
    let samples = 0;
    recorder.on("audio", ({ audio, startMs }) => {
      samples += audio.length / 2;
      expect(clock.nowMs() - startMs).toBeLessThanOrEqual(180_000);
    });
    for (let minute = 0; minute < 20; minute++) {
      await clock.advance(59_800);
      await during(200, user);
    }
    expect(samples).toBeGreaterThanOrEqual(17 * 60 * RATE);
    expect(stretches(chunks[1]!.user)).toEqual(["59800-60000:1000"]);
  });

  it("drops audio that arrives faster than it can have been heard, warns once and stays in time", async () => {
    const { during, send, track, log } = await recorded();
    await during(1000);
    for (let block = 0; block < 1000; block++) send(bot());
    await during(5000);
    await during(100, () => botBlock(500));
    await during(3000);
    expect(stretches(track("bot"))).toEqual(["0-1040:2000", "6000-6100:500"]);
    expect(log.lines.filter((line) => line.includes("dropped audio"))).toHaveLength(1);
  });

  describe("with a sink", () => {
    function sinkOf(writes: number[], closes: number[], formats: RecordingFormat[] = []) {
      return (format: RecordingFormat) => {
        formats.push(format);
        return {
          write: (audio: Int16Array) => void writes.push(audio.length),
          close: () => void closes.push(writes.length),
        };
      };
    }

    it("opens one per recording, writes all of it and closes it before the EndFrame passes", async () => {
      const [writes, closes, formats]: [number[], number[], RecordingFormat[]] = [[], [], []];
      const { during, send, takeDown } = await recorded({ sink: sinkOf(writes, closes, formats) });
      await during(2500, user);
      send(new AudioBufferStopRecordingFrame(), new AudioBufferStartRecordingFrame());
      await during(500, user);
      takeDown();
      send(new EndFrame());
      await during(0);
      expect(formats).toEqual([
        { sampleRate: RATE, channels: 2, recording: 1 },
        { sampleRate: RATE, channels: 2, recording: 2 },
      ]);
      expect(writes.reduce((sum, samples) => sum + samples, 0)).toBe(3 * RATE * 2);
      expect(closes).toHaveLength(2);
      expect(takeDown()).toEqual(["EndFrame"]);
    });

    it("is closed by a cancel, and by cleanup alone", async () => {
      for (const end of ["cancel", "cleanup"] as const) {
        const [writes, closes]: [number[], number[]] = [[], []];
        const { clock, during, pipeline, send } = await recorded({ sink: sinkOf(writes, closes) });
        await during(300, user);
        if (end === "cancel") send(new CancelFrame());
        await pipeline.cleanup();
        await pipeline.cleanup();
        expect(closes).toEqual([1]);
        expect(clock.pendingTimers).toBe(0);
      }
    });

    it("that fails is reported once; events continue and the EndFrame arrives", async () => {
      const closes: number[] = [];
      const sink = () => ({
        write: () => {
          throw new Error("disk full");
        },
        close: () => void closes.push(1),
      });
      const { during, send, up, takeDown, track } = await recorded({ sink });
      await during(4000, user);
      takeDown();
      send(new EndFrame());
      await during(0);
      expect(takeDown()).toEqual(["EndFrame"]);
      const errors = up.filter((frame) => frame instanceof ErrorFrame);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.error).toBeInstanceOf(RecordingError);
      expect(errors[0]?.error.message).toContain("disk full");
      expect(closes).toEqual([1]);
      expect(stretches(track("user"))).toEqual(["0-4000:1000"]);
    });

    it("that cannot be opened is reported, and nothing else is lost", async () => {
      const { during, send, up, track } = await recorded({ sink: () => Promise.reject(new Error("no such folder")) });
      await during(400, user);
      send(new EndFrame());
      await during(0);
      expect(up.map((frame) => frame instanceof ErrorFrame && frame.error.message)).toEqual([
        expect.stringContaining("no such folder"),
      ]);
      expect(stretches(track("user"))).toEqual(["0-400:1000"]);
    });

    it("that never settles delays the EndFrame only until its deadline", async () => {
      const sink = () => ({ write: () => new Promise<void>(() => undefined), close: () => undefined });
      const { clock, during, send, up, takeDown } = await recorded({ sink });
      await during(500, user);
      takeDown();
      send(new EndFrame());
      await clock.advance(10_000);
      await setImmediate();
      expect(takeDown()).toEqual(["EndFrame"]);
      expect(up).toHaveLength(1);
      expect(clock.pendingTimers).toBe(0);
    });
  });

  it("rejects invalid options, naming the field", () => {
    for (const options of [{ chunkMs: 10 }, { sampleRate: 4000.5 }, { maxTurnMs: NaN }]) {
      const [field] = Object.keys(options);
      expect(() => new AudioRecorder(options)).toThrow(InvalidOptionError);
      expect(() => new AudioRecorder(options)).toThrow(field);
    }
  });
});
