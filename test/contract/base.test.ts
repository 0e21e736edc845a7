import { UserAudioRawFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { ScriptedAudioSink } from "../../src/testing/scripted-audio-sink.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { AudioSink } from "../../src/transport/playout/audio-sink.ts";
import { BaseInputTransport } from "../../src/transport/base/base-input-transport.ts";
import { BaseOutputTransport } from "../../src/transport/base/base-output-transport.ts";
import { BaseTransport } from "../../src/transport/base/base-transport.ts";
import { parseTransportParams, type TransportParams } from "../../src/transport/base/transport-params.ts";
import { tone } from "../support/tone.ts";
import { Collector, TestLogger } from "../transport/frames.ts";
import { addThrowingListener, describeTransport } from "./transport-contract.ts";

const IN_RATE = 16_000;
const STEP_MS = 20;
const GIVE_UP_AFTER_STEPS = 2000;

/** A user who is always there: audio comes when the test says so. */
class ScriptedInput extends BaseInputTransport {
  hear(audio: Int16Array): void {
    this.pushAudio(new UserAudioRawFrame({ audio, sampleRate: IN_RATE, userId: "u1" }));
  }
}

/** Plays into a scripted sink; what it shares with the input is torn down by its cleanup. */
class ScriptedOutput extends BaseOutputTransport {
  sink: ScriptedAudioSink | undefined;
  endings = 0;
  #torndown = false;

  protected override async start(): Promise<void> {
    await this.openSenders();
    this.setTransportReady();
  }

  protected override openSink(_destination: string | undefined, sampleRate: number): Promise<AudioSink> {
    this.sink = new ScriptedAudioSink({ clock: this.clock, sampleRate });
    return Promise.resolve(this.sink);
  }

  protected override sendMessage(): Promise<void> {
    return Promise.resolve();
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    if (!this.#torndown) this.endings++;
    this.#torndown = true;
  }
}

/** The least that is a transport: what `BaseTransport` and its two ends do by themselves. */
class ScriptedTransport extends BaseTransport<{ clientConnected: [name: string]; clientDisconnected: [name: string] }> {
  readonly #input: ScriptedInput;
  readonly #output: ScriptedOutput;

  constructor(params: TransportParams) {
    super(() => undefined);
    this.#input = new ScriptedInput(params);
    this.#output = new ScriptedOutput(params);
  }

  override input(): ScriptedInput {
    return this.#input;
  }

  override output(): ScriptedOutput {
    return this.#output;
  }

  userComesBack(): void {
    this.emitter.emit("clientDisconnected", "User");
    this.emitter.emit("clientConnected", "User");
  }
}

describeTransport("the base with a fake", async () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(parseTransportParams({ audioInEnabled: true, audioOutEnabled: true }));
  const [input, output] = [transport.input(), transport.output()];
  const upstream = new Collector(clock, "upstream");
  const heard = new Collector(clock, "downstream");
  const said = new Collector(clock, "downstream");
  const task = new PipelineTask(new Pipeline([upstream, input, heard, output, said]), {
    clock,
    logger: new TestLogger(),
    params: { endTimeoutMs: 120_000 },
  });
  const run = task.run();
  run.catch(() => undefined);
  await clock.advance(0);
  return {
    task,
    upstream,
    heard,
    said,
    loudMs: () => {
      const samples = output.sink?.heard().filter((sample) => Math.abs(sample) > 100) ?? [];
      return samples.length / ((output.sink?.sampleRate ?? 24_000) / 1000);
    },
    toleranceMs: 10, // a tone has quiet samples, too
    userSpeaks: (durationMs) => {
      const audio = tone(700, IN_RATE, durationMs);
      const block = (IN_RATE * STEP_MS) / 1000;
      for (let at = 0; at < audio.length; at += block) input.hear(audio.subarray(at, at + block));
    },
    userComesBack: async () => {
      transport.userComesBack();
      await clock.advance(0);
    },
    addThrowingListener: () => addThrowingListener(transport),
    endings: () => output.endings,
    until: async (what, condition) => {
      for (let step = 0; !condition(); step++) {
        if (step > GIVE_UP_AFTER_STEPS) throw new Error(`Never: ${what}.`);
        await clock.advance(STEP_MS);
      }
    },
    passes: (ms) => clock.advance(ms),
    finish: () => clock.advanceUntil(run),
    close: async () => {
      task.cancel();
      await clock.advanceUntil(run).catch(() => undefined);
    },
  };
});
