import { UserAudioRawFrame } from "../../src/frames/index.ts";
import { ScriptedAudioSink } from "../../src/testing/scripted-audio-sink.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { AudioSink } from "../../src/transport/playout/audio-sink.ts";
import { BaseInputTransport } from "../../src/transport/base/base-input-transport.ts";
import { BaseOutputTransport } from "../../src/transport/base/base-output-transport.ts";
import { BaseTransport } from "../../src/transport/base/base-transport.ts";
import { parseTransportParams, type TransportParams } from "../../src/transport/base/transport-params.ts";
import { testTone } from "../../src/testing/test-tone.ts";
import { openVirtualTransportStage } from "../../src/testing/virtual-transport-stage.ts";
import { describeTransport } from "./describe-transport.ts";

const IN_RATE = 16_000;

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

describeTransport("the base with a fake", () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(parseTransportParams({ audioInEnabled: true, audioOutEnabled: true }));
  const [input, output] = [transport.input(), transport.output()];
  return openVirtualTransportStage({
    clock,
    transport,
    heard: () => output.sink && { pcm: output.sink.heard(), sampleRate: output.sink.sampleRate },
    userSpeaks: (durationMs) => {
      const audio = testTone(700, IN_RATE, durationMs);
      const block = IN_RATE / 50;
      for (let at = 0; at < audio.length; at += block) input.hear(audio.subarray(at, at + block));
    },
    userComesBack: () => transport.userComesBack(),
    endings: () => output.endings,
  });
});
