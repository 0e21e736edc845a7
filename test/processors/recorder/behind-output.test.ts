import { describe, expect, it } from "vitest";

import {
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  type StartFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
} from "../../../src/frames/index.ts";
import { AudioRecorder } from "../../../src/processors/index.ts";
import { ScriptedAudioSink } from "../../../src/testing/index.ts";
import type { Clock } from "../../../src/util/clock.ts";
import { BaseOutputTransport } from "../../../src/transport/base/base-output-transport.ts";
import { parseTransportParams } from "../../../src/transport/base/transport-params.ts";
import { chain } from "../../pipeline/harness.ts";
import { stretches } from "./recorded.ts";

const RATE = 24_000;
const LATENCY_MS = 100;

/** An output whose listener hears everything 100 ms after it has been played. */
class Speaker extends BaseOutputTransport {
  constructor() {
    super(parseTransportParams({ audioOutEnabled: true, audioOutEndSilenceMs: 0 }));
  }

  protected override async start(_frame: StartFrame): Promise<void> {
    await this.openSenders();
    this.setTransportReady();
  }

  protected override openSink(_destination: string | undefined, sampleRate: number): Promise<ScriptedAudioSink> {
    const clock: Clock = this.clock;
    return Promise.resolve(new ScriptedAudioSink({ clock, sampleRate, latencyMs: LATENCY_MS }));
  }

  protected override sendMessage(): Promise<void> {
    return Promise.resolve();
  }
}

function speech(ms: number): TTSAudioRawFrame {
  return new TTSAudioRawFrame({ audio: new Int16Array((ms * RATE) / 1000).fill(1000), sampleRate: RATE });
}

describe("AudioRecorder behind an output transport", () => {
  it("records the bot when it was heard, not when it was sent, and nothing that an interruption cut", async () => {
    const recorder = new AudioRecorder({ autoStart: true });
    const bot: Int16Array[] = [];
    const turns: [endMs: number, interrupted: boolean][] = [];
    recorder.on("trackAudio", (tracks) => bot.push(tracks.bot));
    recorder.on("botTurnAudio", ({ endMs, interrupted }) => turns.push([endMs, interrupted]));
    const { clock, send, down, pipeline } = await chain([new Speaker(), recorder]);
    await clock.advance(1000);
    send(new TTSStartedFrame(), speech(600), new TTSStoppedFrame());
    await clock.advance(2000);
    send(new TTSStartedFrame(), speech(5000), new TTSStoppedFrame());
    await clock.advance(LATENCY_MS + 1000);
    send(new InterruptionFrame());
    await clock.advance(4000);
    await pipeline.cleanup();
    const [first, second, ...rest] = stretches(Int16Array.from(bot.flatMap((part) => [...part])), RATE);
    expect(first).toBe("1100-1700:1000");
    expect(second).toBe("3100-4100:1000");
    expect(rest).toEqual([]);
    expect(turns).toEqual([
      [1700, false],
      [4100, true],
    ]);
    expect(down.filter((frame) => frame instanceof BotStoppedSpeakingFrame)).toHaveLength(2);
  });
});
